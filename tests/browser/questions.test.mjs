// Several questions in a row to the page /v, and a photo with several codes: only the newest question's verdict is ever there.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, openPage, PHONE } from "./support/chromium.mjs";
import { onStage } from "./support/stage.mjs";

/** Longer than any other answer takes. */
const SLOW_MS = 1_500;

describe("questions in a row", () => {
  let demo;
  let browser;
  let folder;
  let people;
  onStage((stage) => ({ demo, browser } = stage));
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ikrar-questions-"));
    people = [];
    for (let signed = 0; signed < 2; signed += 1) {
      const person = demo.somebody();
      const receipt = await signByApi(demo.url, person);
      const pdf = join(folder, `${signed}.pdf`);
      writeFileSync(pdf, Buffer.from(await (await fetch(receipt.certificate_url)).arrayBuffer()));
      execFileSync("pdftoppm", ["-r", "150", "-png", "-singlefile", pdf, join(folder, `${signed}`)]);
      const photo = join(folder, `${signed}.png`);
      const qrText = execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", photo], { encoding: "utf8" }).trim();
      people.push({ person, receipt, pdf, photo, qrText });
    }
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  const forged = ({ qrText }) => qrText.slice(0, -30) + ((Number(qrText.at(-30)) + 1) % 10) + qrText.slice(-29);
  const asked = (page, text) => page.evaluate((hash) => { location.hash = hash; }, text.slice(text.indexOf("#")));
  const settled = (page) => page.waitForFunction(() => document.getElementById("working").hidden);

  async function shown(page) {
    await page.waitForSelector("#results [data-slot=tone]");
    await settled(page);
    assert.equal(await page.locator("#results [data-slot=tone]").count(), 1);
    const tone = await page.locator("#results [data-slot=tone]").getAttribute("class");
    return { tone: tone.match(/notice--(\w+)/)[1], text: await page.locator("#results").innerText() };
  }

  /** What the page shows now, and still when every slow answer has come. */
  async function shownForGood(page) {
    const first = await shown(page);
    await page.waitForTimeout(2 * SLOW_MS);
    assert.equal((await shown(page)).tone, first.tone);
    return first;
  }

  const slowly = (page, url, change = (answer) => answer) =>
    page.route(url, async (route) => {
      const response = await route.fetch();
      const json = change(await response.json());
      await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
      await route.fulfill({ response, json }).catch(() => {});
    });

  test("valid, then revoked, then forged: each verdict stands alone", async () => {
    const page = await openPage(browser, PHONE);
    const [valid, revoked] = people;
    await page.route(`**/c/${revoked.receipt.pledge_id}.json`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), status: "revoked", inspection_copy_url: undefined } });
    });
    await page.goto(valid.qrText);
    assert.equal((await shown(page)).tone, "ok");
    await page.waitForSelector("#results [data-slot=copy]:visible");
    await asked(page, revoked.qrText);
    await page.waitForSelector("#results .notice--bad");
    const withdrawn = await shown(page);
    assert.ok(withdrawn.text.includes(revoked.person.name) && !withdrawn.text.includes(valid.person.name));
    assert.ok(!(await page.locator("#results [data-slot=copy]").isVisible()));
    await asked(page, forged(valid));
    await page.waitForFunction((name) => !document.getElementById("results").innerText.includes(name), revoked.person.name);
    const last = await shownForGood(page);
    assert.equal(last.tone, "bad");
    assert.ok(!last.text.includes(valid.person.name) && !last.text.includes(revoked.person.name));
    await closePage(page);
  });

  test("a slow answer about a pledge's standing is overtaken by a quick verdict", async () => {
    const page = await openPage(browser, PHONE);
    await slowly(page, "**/c/*.json");
    await page.goto(people[0].qrText);
    await page.waitForSelector("#results .notice--ok");
    await asked(page, forged(people[1]));
    await page.waitForSelector("#results .notice--bad");
    assert.equal((await shownForGood(page)).tone, "bad");
    await closePage(page);
  });

  test("a slow verdict about a file is overtaken by a quick one about a code", async () => {
    const page = await openPage(browser, PHONE);
    await slowly(page, "**/api/v1/verify", (answer) => ({ ...answer, verdict: "altered", claims: undefined }));
    await page.goto(`${demo.url}/v`);
    await page.setInputFiles("#file", people[0].pdf);
    await asked(page, people[1].qrText);
    await page.waitForSelector("#results .notice--ok");
    const last = await shownForGood(page);
    assert.equal(last.tone, "ok");
    assert.ok(last.text.includes(people[1].person.name));
    await closePage(page);
  });

  test("a photo that is read slowly is overtaken by a code, and its fault isn't told either", async () => {
    for (const picture of [people[0].photo, blank()]) {
      const page = await openPage(browser, PHONE);
      await page.addInitScript((ms) => {
        const decode = HTMLImageElement.prototype.decode;
        HTMLImageElement.prototype.decode = async function slow() {
          await new Promise((resolve) => setTimeout(resolve, ms));
          return decode.call(this);
        };
      }, SLOW_MS);
      await page.goto(`${demo.url}/v`);
      await page.setInputFiles("#file", picture);
      await asked(page, forged(people[1]));
      await page.waitForSelector("#results .notice--bad");
      assert.equal((await shownForGood(page)).tone, "bad");
      assert.ok(!(await page.locator("#file-fault").isVisible()));
      await closePage(page);
    }
  });

  /** A picture without a code. */
  function blank() {
    const picture = join(folder, "blank.png");
    execFileSync("pdftoppm", ["-r", "20", "-x", "0", "-y", "0", "-W", "20", "-H", "20", "-png", "-singlefile", people[0].pdf, picture.slice(0, -4)]);
    return picture;
  }

  /** A picture of the codes of all people, one after the other in a row or in a column. */
  async function pictureOfCodes(name, [width, height], between) {
    const codes = people.map(({ qrText }, at) => {
      const code = join(folder, `code-${at}.png`);
      execFileSync("qrencode", ["-o", code, "-s", "4", "-l", "M", qrText]);
      return code;
    });
    const picture = join(folder, name);
    const sheet = await openPage(browser, { width, height });
    const images = codes.map((code) => `<img src="data:image/png;base64,${execFileSync("base64", ["-w0", code], { encoding: "utf8" })}">`);
    await sheet.setContent(`<meta name="viewport" content="width=device-width"><body style="margin:20px;background:#fff">${images.join(between)}</body>`);
    await sheet.screenshot({ path: picture });
    await closePage(sheet);
    return picture;
  }

  test("a screenshot much taller than wide is looked through for several codes too", async () => {
    const picture = await pictureOfCodes("tall.png", [420, 1800], "<div style='height:500px'></div>");
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/v`);
    await page.setInputFiles("#file", picture);
    await page.waitForSelector("#choose");
    assert.equal(await page.locator("#choose button").count(), people.length);
    await closePage(page);
  });

  test("a file that isn't looked at leaves no verdict of the one before", async () => {
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/v`);
    await page.setInputFiles("#file", people[0].pdf);
    assert.equal((await shown(page)).tone, "ok");
    const long = join(folder, "long.pdf");
    writeFileSync(long, Buffer.alloc(3 * 1024 * 1024, "%PDF-1.7\n"));
    await page.setInputFiles("#file", long);
    await page.waitForSelector("#results [data-slot=tone]", { state: "detached" });
    await page.waitForTimeout(SLOW_MS);
    assert.equal(await page.locator("#results [data-slot=tone]").count(), 0);
    await closePage(page);
  });

  test("a photo with two codes asks which one is meant, and checks that one", async () => {
    const both = await pictureOfCodes("both.png", [1000, 500], "<span style='display:inline-block;width:60px'></span>");
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/v`);
    await page.setInputFiles("#file", both);
    await page.waitForSelector("#choose");
    assert.equal(await page.locator("#results [data-slot=tone]").count(), 0, "there is no verdict before one is chosen");
    const labels = await page.locator("#choose button").allInnerTexts();
    assert.deepEqual(new Set(labels), new Set(people.map(({ person }) => `${person.name} (•••• ${person.identifier.slice(-4)})`)));
    assert.deepEqual(await accessibilityFaults(page), []);
    await assertFits(page);
    const [chosen, other] = people;
    await page.locator("#choose button", { hasText: chosen.person.name }).click();
    const told = await shown(page);
    assert.equal(told.tone, "ok");
    assert.ok(told.text.includes(chosen.person.name) && !told.text.includes(other.person.name));
    assert.equal(await page.locator("#choose").count(), 0);
    await closePage(page);
  });
});
