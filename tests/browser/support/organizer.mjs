// What an organizer does in the console and on the command line.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const NEW_PASSWORD = "kuda laut biru 2027";

/** Signs in with the one-time password and changes it; later calls use the new one. */
export async function enterConsole(page, demo) {
  await page.goto(`${demo.url}/console/login`);
  await logIn(page, demo.changed ? NEW_PASSWORD : demo.password());
  if (demo.changed) return;
  await page.waitForSelector("#old");
  await page.fill("#old", demo.password());
  await page.fill("#new", NEW_PASSWORD);
  await page.fill("#again", NEW_PASSWORD);
  await page.click('form[action="/console/password"] > button');
  await page.waitForSelector("main");
  demo.changed = true;
  if (await page.locator("#login").count()) await logIn(page, NEW_PASSWORD);
  await page.goto(`${demo.url}/console`);
}

/** Somebody else gives the organizer a new one-time password; `enterConsole` changes it. */
export function resetPassword(demo) {
  const [given] = demo.run("account", "reset", "admin").match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/);
  demo.password = () => given;
  demo.changed = false;
}

async function logIn(page, password) {
  await page.fill("#login", "admin");
  await page.fill("#password", password);
  await page.click('form[action="/console/login"] > button');
  await page.waitForSelector(".desk__nav");
}

/** A small local roster: a title row, then the header that offices use. */
export function roster(people, { serial = (at) => String(at + 1).padStart(3, "0") } = {}) {
  const rows = Array.from({ length: people }, (_, at) => [
    `19850101201001${1 + (at % 2)}${serial(at)}`.padEnd(18, "0"),
    `Pegawai Contoh ${String.fromCharCode(65 + (at % 26))}${String.fromCharCode(97 + Math.floor(at / 26))}`,
    at % 2 ? "Dinas Pendidikan" : "Dinas Kesehatan",
    "Pemerintah Kota Contoh",
  ]);
  return ["DAFTAR PEGAWAI TAHUN 2027;;;", "NIP;Nama;Unit Kerja;Instansi", ...rows.map((row) => row.join(";"))].join("\r\n");
}

/** Sends a roster and waits until it was checked. */
export async function sendRoster(page, url, slug, text) {
  await page.goto(`${url}/console/k/${slug}/roster`);
  await page.setInputFiles("#file", { name: "daftar.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.click("form[enctype] button");
  await page.waitForSelector('form[action$="/confirm"], .notice--bad', { timeout: 30_000 });
}

/** Brings a small roster into a draft, locks and opens it, by the command line; answers the people with their codes. */
export async function openEvent(demo, slug, people, { open = true } = {}) {
  const list = join(demo.folder, `${slug}.csv`);
  const codes = join(demo.folder, `${slug}-codes.csv`);
  writeFileSync(list, roster(people));
  demo.run("import", "--campaign", slug, list);
  demo.run("campaign", "lock", slug);
  if (open) demo.run("campaign", "open", slug);
  demo.run("codes", "--campaign", slug, "--out", codes);
  await untilState(demo, slug, open ? "open" : "locked");
  const [, ...lines] = readFileSync(codes, "utf8").trimEnd().split(/\r?\n/);
  return lines.map((line) => {
    const cells = line.split(",");
    return { identifier: cells[0], name: cells[1], accessCode: cells[cells.length - 1] };
  });
}

/** The server looks once a second at what the command line did. */
async function untilState(demo, slug, wanted) {
  for (const until = Date.now() + 15_000; Date.now() < until; ) {
    const answer = await fetch(`${demo.url}/api/v1/campaigns/${slug}`);
    if (answer.ok && (await answer.json()).state === wanted) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the event isn't ${wanted}`);
}
