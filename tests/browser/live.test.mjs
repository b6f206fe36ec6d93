// The hall's screen, the event's page and the front page follow what is signed.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signByApi } from "./support/demo.mjs";
import { assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { onStage } from "./support/stage.mjs";

const HALLS = [
  ["1024x768", { width: 1024, height: 768 }],
  ["1920x1080", { width: 1920, height: 1080 }],
];

async function signed(page) {
  return Number((await page.locator(".hall__numbers [data-signed]").first().innerText()).replaceAll(/\D/g, ""));
}

/** The server reads once a second what another process locked. */
async function untilCounted(url) {
  for (let turn = 0; turn < 100; turn += 1) {
    const answer = await fetch(url);
    if (answer.ok && (await answer.json()).eligible > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing is counted at ${url}`);
}

describe("the hall", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  test("the screen moves when somebody signs, and so does their institution's tile", async () => {
    const page = await openPage(browser, DESK);
    await page.goto(`${demo.url}/k/sumsel/live`);
    const before_ = await signed(page);
    for (let turn = 0; turn < 3; turn += 1) await signByApi(demo.url, demo.somebody());
    await page.waitForFunction(
      (wanted) => Number(document.querySelector(".hall__numbers [data-signed]").innerText.replace(/\D/g, "")) === wanted,
      before_ + 3,
      { timeout: 15_000 },
    );
    const tiles = await page.locator("[data-tile] [data-signed]").allInnerTexts();
    assert.equal(tiles.map((text) => Number(text.replaceAll(/\D/g, ""))).reduce((a, b) => a + b, 0), before_ + 3);
    await closePage(page);
  });

  test("without the stream it asks for the count", async () => {
    const page = await openPage(browser, DESK);
    await page.route("**/live/events", (route) => route.abort());
    await page.goto(`${demo.url}/k/sumsel/live`);
    const before_ = await signed(page);
    await signByApi(demo.url, demo.somebody());
    await page.waitForFunction(
      (wanted) => Number(document.querySelector(".hall__numbers [data-signed]").innerText.replace(/\D/g, "")) === wanted,
      before_ + 1,
      { timeout: 20_000 },
    );
    await closePage(page);
  });

  test("it says when what it shows is old", async () => {
    const page = await openPage(browser, DESK);
    await page.goto(`${demo.url}/k/sumsel/live`);
    demo.freeze();
    await page.waitForSelector(".hall--stale", { timeout: 60_000 }).finally(demo.thaw);
    await page.waitForSelector("body.hall:not(.hall--stale)", { timeout: 90_000 });
    await closePage(page);
  });

  for (const [name, size] of HALLS) {
    test(`everything fits a projector of ${name}`, async () => {
      const page = await openPage(browser, size);
      await page.goto(`${demo.url}/k/sumsel/live`);
      await assertFits(page);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(height <= size.height, `the screen needs ${height} px of ${size.height}`);
      await closePage(page);
    });
  }

  test("a government is shown by agency, on few lines however many agencies it has", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "ikrar-")), "pemerintah.csv");
    const rows = Array.from({ length: 70 * 20 }, (_, at) => {
      const [day, serial, agency] = [String((at % 28) + 1), String(Math.floor(at / 28) + 1), Math.floor(at / 20) + 1];
      return `198501${day.padStart(2, "0")}2010011${serial.padStart(3, "0")};Siti;Kecamatan Seberang ${agency};Pemerintah Kota Contoh`;
    });
    writeFileSync(file, ["NIP;Nama;Perangkat Daerah;Instansi", ...rows].join("\n"));
    const facts = ["--organizer", "Kota", "--place", "Kota", "--help-contact", "BKPSDM", "--occasion", "Uji", "--year", "2029"];
    demo.run("campaign", "create", "kota", "--title", "Ikrar Kota Contoh", "--synthetic", ...facts);
    demo.run("import", "--campaign", "kota", file);
    demo.run("campaign", "lock", "kota");
    demo.run("campaign", "open", "kota");
    await untilCounted(`${demo.url}/api/v1/campaigns/kota/count`);
    const page = await openPage(browser, DESK);
    await page.route("**/live/events*", (route) => route.abort());
    await page.goto(`${demo.url}/k/kota/live`);
    const tiles = page.locator("[data-tile]");
    assert.equal(await tiles.count(), 64);
    assert.match(await tiles.last().innerText(), /7 lainnya/);
    // Asking for the count doesn't begin the page anew, though the count has all agencies.
    await page.evaluate(() => (window.kept = true));
    await page.waitForResponse((answer) => answer.url().endsWith("/kota/count?institution=01"));
    await page.waitForResponse((answer) => answer.url().endsWith("/kota/count?institution=01"));
    assert.equal(await page.evaluate(() => window.kept), true);
    for (const [, size] of [...HALLS, ...SIZES]) {
      await page.setViewportSize(size);
      await assertFits(page);
      // No line loses its number at the edge of its box.
      const cut = await page.evaluate(() =>
        Array.from(document.querySelectorAll("[data-tile]")).filter((tile) => {
          const [box, number] = [tile, tile.querySelector("[data-percent]")].map((one) => one.getBoundingClientRect());
          return number.bottom > box.bottom + 1 || number.right > box.right + 1 || number.top < box.top - 1;
        }).length);
      assert.equal(cut, 0, `${size.width} px`);
    }
    await closePage(page);
  });

  for (const [name, size] of SIZES) {
    test(`the front page leads to the event and to checking on a ${name}`, async () => {
      const page = await openPage(browser, size);
      await page.goto(demo.url);
      assert.equal(await page.locator('main a[href="/k/sumsel/sign"]').count(), 1);
      assert.ok((await page.locator('a[href="/v"]').count()) > 0);
      await page.goto(`${demo.url}/k/sumsel`);
      await assertFits(page);
      await closePage(page);
    });
  }

  test("the draft is nobody's business", async () => {
    const page = await openPage(browser, PHONE);
    const answer = await page.goto(`${demo.url}/k/pakta-2027`);
    assert.equal(answer.status(), 404);
    await closePage(page);
  });
});
