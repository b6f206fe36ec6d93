// Takes a picture of every state of every page, at 360 and 1280 pixels, into docs/screens: `make screens`. With
// `IKRAR_SCREENS_LANG=en` and `IKRAR_SCREENS_OUT=FOLDER` the same in English; the Indonesian ones are those kept.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { signByApi, startDemo } from "./support/demo.mjs";
import { DESK, launch, openPage, PHONE } from "./support/chromium.mjs";
import { draw, enter, fillEntry, sign, tickAll } from "./support/signer.mjs";
import { withPalette } from "./support/palette.mjs";
import { enterConsole, openEvent, resetPassword, roster, sendRoster } from "./support/organizer.mjs";

const OUT = process.env.IKRAR_SCREENS_OUT || join(dirname(fileURLToPath(import.meta.url)), "..", "..", "docs", "screens");
const ENGLISH = process.env.IKRAR_SCREENS_LANG === "en";
const BYTES_MAX = 6 * 1024 * 1024;
const PACT = "pakta-2027";
const SIZES = [PHONE, DESK];
const PROJECTOR = { width: 1280, height: 720 };
/** A signature in one stroke, in pixels of the field. */
const SIGNATURE = [[30, 100], [55, 40], [75, 120], [95, 55], [110, 110], [135, 60], [150, 105], [185, 70], [240, 95]];
/** The command line's steps reach the server within a second. */
const FOLLOW_MS = 2_500;

const demo = await startDemo({ participants: 600 });
const browser = await launch();
const folder = mkdtempSync(join(tmpdir(), "ikrar-screens-"));
/** Somebody who wasn't in the crowd. */
const next = () => demo.people[demo.people.length - 1 - 2 * taken++];
let taken = 0;
mkdirSync(OUT, { recursive: true });
for (const old of readdirSync(OUT).filter((name) => name.endsWith(".png"))) rmSync(join(OUT, old));

/** One state at both sizes; `reach` brings a fresh page to it. */
async function picture(name, reach, { sizes = SIZES, fullPage = true } = {}) {
  for (const size of sizes) {
    const page = await openPage(browser, size);
    if (ENGLISH) await page.goto(`${demo.url}/?lang=en`);
    await reach(page);
    const shot = await page.screenshot({ fullPage, animations: "disabled" });
    writeFileSync(join(OUT, `${name}-${size.width}.png`), withPalette(shot));
    await page.context().close();
  }
  console.log(name);
}

const open = (path) => (page) => page.goto(demo.url + path);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function readAndTick(page, slug = "sumsel") {
  await enter(page, demo.url, next(), { slug });
  await tickAll(page);
}

async function answerWith(page, status, body, headers = {}) {
  await page.route("**/sign", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status, contentType: "application/problem+json", headers, body: JSON.stringify(body) })
      : route.continue(),
  );
}

async function signerStates() {
  await picture("sign-in", open("/k/sumsel/sign"));
  await picture("refused", async (page) => {
    await page.goto(`${demo.url}/k/sumsel/sign`);
    await fillEntry(page, { ...next(), accessCode: "00000-00000" });
    await page.click("[data-go]");
    await page.waitForSelector("#pesan:not([hidden])");
  });
  await picture("read", (page) => enter(page, demo.url, next()));
  await picture("clause-missing", async (page) => {
    await enter(page, demo.url, next());
    await page.locator("input[name=butir]").first().check();
    await page.click("[data-go]");
    await page.waitForSelector(".clause--missing");
  });
  await picture("sending", async (page) => {
    await readAndTick(page);
    await page.route("**/sign", () => {});
    await page.click("[data-go]");
    await page.waitForSelector("#keadaan:not([hidden])");
  });
  await picture("waiting-your-turn", async (page) => {
    await readAndTick(page);
    await answerWith(page, 503, { code: "busy" }, { "retry-after": "5" });
    await page.click("[data-go]");
    const words = await page.locator("#keadaan").getAttribute("data-waiting");
    await page.waitForFunction((text) => document.getElementById("keadaan").innerText.includes(text), words);
  });
  await picture("no-network", async (page) => {
    await readAndTick(page);
    await page.context().setOffline(true);
    await page.click("[data-go]");
    const words = await page.locator("#keadaan").getAttribute("data-offline");
    await page.waitForFunction((text) => document.getElementById("keadaan").innerText.includes(text), words);
  });
  await picture("signed", (page) => sign(page, demo.url, next()));
  await picture("signed-shared", (page) => sign(page, demo.url, next(), { shared: true }));
  const person = next();
  await signByApi(demo.url, person);
  await picture("signed-before", (page) => enter(page, demo.url, person));
  await picture("not-me", async (page) => {
    await enter(page, demo.url, person);
    await page.goto(`${demo.url}/k/sumsel/report`);
  });
  await picture("reported", async (page) => {
    await enter(page, demo.url, person);
    await page.goto(`${demo.url}/k/sumsel/report`);
    await page.fill("#pesan-isi", "Lembar kode saya dipegang orang lain sejak kemarin.");
    await page.click('form[action$="/report"] button');
    await page.waitForSelector(".notice--ok");
  });
  await picture("left", async (page) => {
    await enter(page, demo.url, person);
    await page.click("[data-leave] button");
    await page.waitForSelector("form[data-send=enter]");
  });
  const until = Date.now() + 3_600_000;
  await picture("left-and-session-goes-on", open(`/k/sumsel/sign?selesai&bersama&sampai=${until}`));
  await picture("session-expired", async (page) => {
    await readAndTick(page);
    await page.context().clearCookies({ name: /ikrar/ });
    await page.click("[data-go]");
    await page.waitForSelector("form[data-send=enter]");
  });
  await picture("text-changed", async (page) => {
    await readAndTick(page);
    await page.evaluate(() => {
      // What was kept belongs to the text that was read; here the text only pretends to be another.
      document.querySelector("form[data-send=pledge]").dataset.left = "1";
      sessionStorage.clear();
      const field = document.querySelector("input[name=text_hash]");
      field.value = (field.value[0] === "A" ? "B" : "A") + field.value.slice(1);
      HTMLFormElement.prototype.submit.call(document.querySelector("form[data-send=pledge]"));
    });
    await page.waitForLoadState();
    await pause(500);
  });
}

/** The crowd of the first minute, from everywhere; all with an even place in the list. */
async function crowd(people) {
  for (let at = 0; at < people; at += 1) await signByApi(demo.url, demo.people[(at * 14) % demo.people.length]);
  await pause(FOLLOW_MS);
}

async function publicPages() {
  await crowd(200);
  await picture("home", open("/"));
  await picture("event", open("/k/sumsel"));
  await picture("hall", open("/k/sumsel/live"), { sizes: [PHONE, PROJECTOR], fullPage: false });
  await picture("verify", open("/v"));
  await picture("privacy", open("/privasi"), { sizes: [PHONE] });
  await picture("not-found", open("/tidak-ada"));
}

async function verdicts() {
  const receipt = await signByApi(demo.url, next());
  const pdf = await printed(receipt.certificate_url, "certificate");
  execFileSync("pdftoppm", ["-r", "150", "-png", pdf, join(folder, "photo")]);
  // The code stands on the last page.
  const photo = join(folder, readdirSync(folder).filter((name) => name.startsWith("photo")).sort().at(-1));
  const text = execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", photo], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  const settled = async (page) => {
    await page.waitForSelector("#results [data-slot=tone]");
    await page.waitForLoadState("networkidle");
    await page.evaluate(() => scrollTo(0, 0));
  };
  await picture("verdict-valid", async (page) => {
    await page.goto(text);
    await settled(page);
  });
  await picture("copy", open(`/c/${receipt.pledge_id}.html`), { sizes: [PHONE] });
  const digit = text[text.length - 30];
  const changed = text.slice(0, -30) + ((Number(digit) + 1) % 10) + text.slice(-29);
  await picture("verdict-altered", async (page) => {
    await page.goto(changed);
    await settled(page);
  });
}

async function pausedThenClosed() {
  demo.run("campaign", "pause", "sumsel", "--reason", "Contoh");
  await pause(FOLLOW_MS);
  await picture("paused", (page) => enterOrHalt(page));
  await picture("hall-paused", open("/k/sumsel/live"), { sizes: [PROJECTOR], fullPage: false });
  demo.run("campaign", "open", "sumsel");
  demo.run("campaign", "close", "sumsel", "--reason", "Contoh");
  await pause(FOLLOW_MS);
  await picture("closed-sign-in", open("/k/sumsel/sign"));
  await picture("closed", (page) => enterOrHalt(page));
  await picture("hall-final", open("/k/sumsel/live"), { sizes: [PROJECTOR], fullPage: false });
  await picture("event-final", open("/k/sumsel"));
  await minutes();
}

async function enterOrHalt(page) {
  await page.goto(`${demo.url}/k/sumsel/sign`);
  await fillEntry(page, next());
  await page.click("[data-go]");
  await page.waitForURL((url) => !url.hash).catch(() => {});
  await pause(1_500);
}

async function pact() {
  const people = await openEvent(demo, PACT, 60, { open: false });
  const person = () => people.pop();
  await picture("not-open-yet", open(`/k/${PACT}/sign`));
  await picture("read-before-opening", (page) => enter(page, demo.url, person(), { slug: PACT }));
  await picture("event-before", open(`/k/${PACT}`));
  await picture("hall-before", open(`/k/${PACT}/live`), { sizes: [PROJECTOR], fullPage: false });
  demo.run("campaign", "open", PACT);
  await pause(FOLLOW_MS);
  await picture("draw", async (page) => {
    await enter(page, demo.url, person(), { slug: PACT });
    await tickAll(page);
    await draw(page, SIGNATURE);
  });
  await picture("signature-missing", async (page) => {
    await enter(page, demo.url, person(), { slug: PACT });
    await tickAll(page);
    await page.click("form[data-send=pledge] [data-go]");
    await page.waitForSelector("#pesan:not([hidden])");
  });
  let certificate;
  await picture("signed-pact", async (page) => {
    await enter(page, demo.url, person(), { slug: PACT });
    await tickAll(page);
    await draw(page, SIGNATURE);
    await page.click("form[data-send=pledge] [data-go]");
    await page.waitForSelector(".receipt");
    certificate = new URL(await page.locator(".receipt__actions a[download]").getAttribute("href"), demo.url);
  });
  await printed(certificate, "certificate-pact");
  demo.run("campaign", "cancel", PACT, "--reason", "Contoh pembatalan");
  await pause(FOLLOW_MS);
  await picture("cancelled", open(`/k/${PACT}/sign`));
}

/** The pages of a certificate, as pictures; answers its file. */
async function printed(url, name) {
  const pdf = join(folder, `${name}.pdf`);
  writeFileSync(pdf, Buffer.from(await (await fetch(url)).arrayBuffer()));
  pages(pdf, name);
  return pdf;
}

function pages(pdf, name) {
  execFileSync("pdftoppm", ["-r", "72", "-png", pdf, join(OUT, name)]);
  for (const file of readdirSync(OUT).filter((file) => file.startsWith(`${name}-`))) {
    writeFileSync(join(OUT, file), withPalette(readFileSync(join(OUT, file))));
  }
}

/** Signs in, and has read what became of the account: each picture is of a new device. */
async function enterQuietly(page) {
  await enterConsole(page, demo);
  const read = page.locator('form[action="/console/notices"] button');
  if (!(await read.count())) return;
  await read.click();
  await page.waitForFunction(() => !document.querySelector('form[action="/console/notices"]'));
}

/** An emblem and three lines, which the pact's certificates have from then on. */
async function letterhead() {
  const emblem = join(folder, "emblem.png");
  const sheet = await openPage(browser, DESK);
  await sheet.setContent("<div id=e style='width:300px;height:340px;border-radius:20px 20px 150px 150px;background:#135;border:24px solid #c93'></div>");
  await sheet.locator("#e").screenshot({ path: emblem, omitBackground: true });
  await sheet.context().close();
  await picture("console-letterhead", async (page) => {
    await enterQuietly(page);
    await page.goto(`${demo.url}/console/k/${PACT}/letterhead`);
    await page.fill("#lines", "PEMERINTAH PROVINSI CONTOH\nINSPEKTORAT DAERAH\nJalan Contoh Nomor 1, Palembang 30114");
    await page.setInputFiles("#emblem", emblem);
    await page.click("form[enctype] button");
    await page.waitForSelector(".notice--ok");
  }, { sizes: [DESK] });
}

/** The minutes of the closed event, and the page that they are made on. */
async function minutes() {
  const page = await openPage(browser, DESK);
  await enterQuietly(page);
  await page.goto(`${demo.url}/console/k/sumsel/minutes`);
  await page.fill("#letter_number", "800/77/BKD/2027");
  await page.click("form[action$='/minutes'] button");
  await page.waitForSelector("#edition-1");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[href$='/minutes/1']")]);
  pages(await download.path(), "minutes");
  await page.context().close();
  await picture("console-minutes", async (desk) => {
    await enterQuietly(desk);
    await desk.goto(`${demo.url}/console/k/sumsel/minutes`);
  });
}

async function consoleRooms() {
  await picture("console-login", open("/console/login"));
  const rooms = { "console-events": "", "console-overview": "/k/sumsel", "console-day": "/k/sumsel/day", "console-extend": "/k/sumsel/extend", "console-progress": "/k/sumsel/progress", "console-codes": "/k/sumsel/codes", "console-people": "/k/sumsel/people", "console-roster": `/k/${PACT}/roster`, "console-text": `/k/${PACT}/text`, "console-audit": "/k/sumsel/audit", "console-reports": "/k/sumsel/reports", "console-lists": "/k/sumsel/lists", "console-archive": "/k/sumsel/certificates" };
  for (const [name, path] of Object.entries(rooms)) {
    await picture(name, async (page) => {
      await enterQuietly(page);
      await page.goto(`${demo.url}/console${path}`);
    });
  }
  await letterhead();
  resetPassword(demo);
  for (const [name, path] of [["console-told", ""], ["console-password", "/password"], ["console-accounts", "/accounts"]]) {
    await picture(name, async (page) => {
      await enterConsole(page, demo);
      await page.goto(`${demo.url}/console${path}`);
      if (name === "console-password") {
        await page.click('form[action="/console/notices"] button');
        await page.goto(`${demo.url}/console/password`);
        await page.fill("#new", "sawah lereng bambu kuning");
        resetPassword(demo);
      }
    });
  }
  await picture("console-person", async (page) => {
    await enterQuietly(page);
    await page.goto(`${demo.url}/console/k/sumsel/people`);
    await page.fill("#q", demo.people[0].identifier);
    await page.click('form[action$="/people"] button');
    await page.waitForSelector('a.linkish[href$="/people"]');
  });
  await picture("console-add", async (page) => {
    await enterQuietly(page);
    await page.goto(`${demo.url}/console/k/sumsel/people/add?institution=16`);
  });
  await picture("console-changes", async (page) => {
    await enterQuietly(page);
    await page.goto(`${demo.url}/console/k/sumsel/people/add?institution=16`);
    await page.fill("#name", "Siti Contoh, S.Pd.");
    await page.fill("#reason", "terlewat saat daftar dikunci");
    await page.click('form[method="post"][action$="/people/add"] button');
    await page.waitForSelector('form[action$="/people/undo"]', { state: "attached" });
    await page.goto(`${demo.url}/console/k/sumsel/people/changes`);
  });
  await picture("excused", async (page) => {
    const person = next();
    const desk = await openPage(browser, DESK);
    await enterQuietly(desk);
    await desk.goto(`${demo.url}/console/k/sumsel/people`);
    await desk.fill("#q", person.identifier);
    await desk.click('form[action$="/people"] button');
    await desk.click("details:has(form[action$='/people/excuse']) summary");
    await desk.selectOption("#excuse-reason", "retired");
    await desk.click("form[action$='/people/excuse'] button");
    await desk.waitForSelector(".notice--ok");
    await desk.context().close();
    await page.goto(`${demo.url}/k/sumsel/sign`);
    await fillEntry(page, person);
    await page.click("form[data-send=enter] [data-go]");
    await page.waitForSelector(".notice--warn");
  });
  const unread = roster(6).replace("NIP;", "Identitas Kepegawaian;").replaceAll("Pegawai Contoh", "Orang Contoh");
  for (const [name, list] of [["console-dry-run", roster(40)], ["console-faults", roster(6, { serial: () => "000" })], ["console-mapping", unread]]) {
    await picture(name, async (page) => {
      await enterQuietly(page);
      await sendRoster(page, demo.url, PACT, list);
    });
  }
}

try {
  await publicPages();
  await signerStates();
  await verdicts();
  await consoleRooms();
  await pact();
  await pausedThenClosed();
} finally {
  await browser.close();
  await demo.stop();
  rmSync(folder, { recursive: true, force: true });
}
const bytes = readdirSync(OUT).reduce((sum, name) => sum + statSync(join(OUT, name)).size, 0);
console.log(`${bytes} bytes in docs/screens`);
if (bytes > BYTES_MAX) throw new Error("the pictures are too large to be kept");
