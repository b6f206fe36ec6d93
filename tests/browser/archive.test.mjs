// Certificates in bulk, in the console: chosen, followed while they come, and whole when they have come.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { onStage } from "./support/stage.mjs";
import { enterConsole } from "./support/organizer.mjs";

const SIGNED = 3;

describe("certificates in bulk", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  test("an archive is downloaded, its page follows it, and other programs open it", async () => {
    for (let signed = 0; signed < SIGNED; signed += 1) await signByApi(demo.url, demo.somebody());
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await page.goto(`${demo.url}/console/k/sumsel`);
    await page.click("nav a[href$='/certificates']");
    // The answers are what another node says too: some don't know the download.
    let asked = 0;
    await page.route("**/certificates/progress?*", async (route) => {
      asked += 1;
      if (asked % 2 === 1) return route.fulfill({ json: { state: "unknown", done: 0, all: 0 } });
      return route.continue();
    });
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("form[data-archive] button")]);
    assert.equal(download.suggestedFilename(), "piagam-sumsel.zip");
    const file = await download.path();
    await page.waitForFunction(() => document.querySelector("[data-archive-progress] [role=status]").textContent.startsWith("Selesai"));
    assert.equal(await page.locator("[data-archive-progress] progress").evaluate((bar) => bar.value / bar.max), 1);
    const python = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))";
    assert.equal(execFileSync("python3", ["-c", python, file], { encoding: "utf8" }).trim(), String(SIGNED + 4));
    assert.ok(readFileSync(file).subarray(0, 4).equals(Buffer.from("PK\x03\x04", "latin1")));
    await closePage(page);
  });

  for (const [name, size] of SIZES) {
    test(`the page fits and has no accessibility faults on a ${name}`, async () => {
      const page = await openPage(browser, size);
      await enterConsole(page, demo);
      await page.goto(`${demo.url}/console/k/sumsel/certificates`);
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
      await closePage(page);
    });
  }

  test("an archive that breaks off is said to be incomplete", async () => {
    const page = await openPage(browser, PHONE);
    await enterConsole(page, demo);
    await page.goto(`${demo.url}/console/k/sumsel/certificates`);
    await page.route("**/certificates/progress?*", (route) => route.fulfill({ json: { state: "failed", done: 1, all: 3 } }));
    await page.click("form[data-archive] button");
    await page.waitForFunction(() => document.querySelector("[data-archive-progress] [role=status]").textContent.startsWith("Terputus"));
    await closePage(page);
  });
});
