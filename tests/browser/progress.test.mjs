// Progress opened level by level on a phone and at a desk: every level fits, adds up and leads back.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessibilityFaults, assertFits, closePage, openPage, SIZES } from "./support/chromium.mjs";
import { enterConsole } from "./support/organizer.mjs";
import { onStage } from "./support/stage.mjs";

/** Pictures go here if it is set. */
const KEPT = process.env.IKRAR_KEEP_PICTURES;

describe("progress by level", () => {
  let demo;
  let browser;

  // So many that the largest institution has agencies, units and sub-units.
  onStage((stage) => ({ demo, browser } = stage), { demo: { participants: 6_000 } });

  for (const [name, size] of SIZES) {
    test(`institutions, agencies, units and sub-units, on a ${name}`, async () => {
      const page = await openPage(browser, size);
      await enterConsole(page, demo);
      await page.goto(`${demo.url}/console/k/sumsel/progress`);
      const table = page.locator("table").first();
      const total = () => table.locator("tr.total td").allInnerTexts();
      const firstOpened = () => table.locator("tbody a").first();
      await firstOpened().click();
      for (const heading of ["Perangkat daerah", "Unit kerja", "Unit kerja"]) {
        await page.waitForSelector("nav[aria-label='Tingkat di atasnya']");
        assert.equal((await table.locator("th").first().innerText()).toLowerCase(), heading.toLowerCase());
        await assertFits(page);
        assert.deepEqual(await accessibilityFaults(page), [], heading);
        if (KEPT) await page.screenshot({ path: `${KEPT}/progress-${heading}-${size.width}.png`, fullPage: true });
        const opened = table.locator("tbody tr:has(a)");
        if ((await opened.count()) === 0) break;
        // Every level adds up to its row in the one above: signed, waiting, to sign.
        const row = opened.first();
        const numbers = await row.locator("td.num").allInnerTexts();
        const shown = await page.innerText("h1");
        await row.locator("a").click();
        await page.waitForFunction((before) => document.querySelector("h1")?.innerText !== before, shown);
        assert.deepEqual((await total()).slice(0, 3), numbers.slice(0, 3));
      }
      await page.click("text=persen terendah dulu");
      await page.waitForSelector("strong:has-text('persen terendah dulu')");
      await page.click("nav[aria-label='Tingkat di atasnya'] a >> nth=1");
      await page.waitForSelector("a[href*='recapitulation.pdf?institution=']");
      await closePage(page);
    });
  }
});
