// axe-core finds nothing on any page, in both languages, on a phone and on a desk.
import { before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, openPage, SIZES } from "./support/chromium.mjs";
import { enter, fillEntry, sign } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

const PUBLIC_PAGES = ["/", "/k/sumsel", "/k/sumsel/live", "/k/sumsel/sign", "/v", "/privasi", "/no-such-page", "/console"];

describe("every page", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));
  before(async () => {
    await signByApi(demo.url, demo.somebody());
  });

  async function assertAccessible(page, where) {
    assert.deepEqual(await accessibilityFaults(page), [], where);
    await assertFits(page);
  }

  for (const [name, size] of SIZES) {
    for (const lang of ["id", "en"]) {
      test(`public pages, ${lang}, ${name}`, async () => {
        for (const path of PUBLIC_PAGES) {
          const page = await openPage(browser, size);
          await page.goto(`${demo.url}${path}?lang=${lang}`);
          assert.equal(await page.locator("html").getAttribute("lang"), lang, path);
          await assertAccessible(page, path);
          await closePage(page);
        }
      });

      test(`the signer's pages, ${lang}, ${name}`, async () => {
        const page = await openPage(browser, size);
        await page.goto(`${demo.url}/k/sumsel/sign?lang=${lang}`);
        await fillEntry(page, { identifier: "123", accessCode: "00000-00000" });
        await page.click("[data-go]");
        await page.waitForSelector("#pesan:not([hidden])");
        await assertAccessible(page, "refused");
        await enter(page, demo.url, demo.somebody());
        await assertAccessible(page, "read");
        await page.click("form[data-send=pledge] [data-go]");
        await page.waitForSelector(".clause--missing");
        await assertAccessible(page, "clause missing");
        await page.goto(`${demo.url}/k/sumsel/report`);
        await assertAccessible(page, "report");
        await page.context().clearCookies();
        await page.goto(`${demo.url}/k/sumsel/sign?lang=${lang}`);
        await sign(page, demo.url, demo.somebody());
        await assertAccessible(page, "receipt");
        await closePage(page);
      });
    }
  }
});
