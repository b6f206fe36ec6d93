// The letterhead, in the console: typed, with an emblem, and seen as it will be printed.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE } from "./support/chromium.mjs";
import { onStage } from "./support/stage.mjs";
import { enterConsole } from "./support/organizer.mjs";

describe("a letterhead", () => {
  let demo;
  let browser;
  let folder;
  onStage((stage) => ({ demo, browser } = stage));
  before(() => { folder = mkdtempSync(join(tmpdir(), "ikrar-letterhead-")); });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A picture as an office has one: larger than it is printed, with a transparent ground. */
  async function emblem() {
    const path = join(folder, "lambang.png");
    const sheet = await openPage(browser, DESK);
    await sheet.setContent("<div id=e style='width:600px;height:700px;border-radius:50%;background:#126;border:40px solid #c90'></div>");
    await sheet.locator("#e").screenshot({ path, omitBackground: true });
    await closePage(sheet);
    return path;
  }

  test("is shown on a sample certificate as soon as it is saved, and is fixed once the event is locked", async () => {
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await page.goto(`${demo.url}/console/k/sumsel/letterhead`);
    assert.equal(await page.locator("#lines").count(), 0, "the demo's event is open");
    await page.goto(`${demo.url}/console/k/pakta-2027`);
    await page.click("nav a[href$='/letterhead']");
    await page.fill("#lines", "PEMERINTAH PROVINSI CONTOH\nINSPEKTORAT DAERAH\nJalan Contoh Nomor 1, Palembang 30114");
    await page.setInputFiles("#emblem", await emblem());
    await page.click("form[enctype] button");
    await page.waitForSelector(".notice--ok");
    const shown = page.locator(".copy__page").first();
    assert.ok((await shown.locator("svg").innerHTML()).includes("INSPEKTORAT DAERAH"));
    const picture = await shown.locator("svg image").first().boundingBox();
    assert.ok(picture.height > picture.width && picture.width > 40, JSON.stringify(picture));
    for (const size of [DESK, PHONE]) {
      await page.setViewportSize(size);
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
    }
    await closePage(page);
  });
});
