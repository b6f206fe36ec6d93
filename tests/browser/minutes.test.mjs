// Minutes, in the console: an organizer closes the event, makes them, downloads them, and sends a signed copy back.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE } from "./support/chromium.mjs";
import { onStage } from "./support/stage.mjs";
import { enterConsole } from "./support/organizer.mjs";

const SIGNED = 4;

describe("minutes", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  test("are made when the event is closed, say the count in words, and come back signed", async () => {
    for (let signed = 0; signed < SIGNED; signed += 1) await signByApi(demo.url, demo.somebody());
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await page.goto(`${demo.url}/console/k/sumsel`);
    await page.click("nav a[href$='/minutes']");
    assert.equal(await page.locator("form[action$='/minutes']").count(), 0, "an open event has no minutes");
    await page.goto(`${demo.url}/console/k/sumsel/step/close`);
    await page.fill("#reason", "semua sudah menandatangani");
    await page.click("form .button");
    await page.waitForFunction(async () => (await (await fetch("/api/v1/campaigns/sumsel/count")).json()).phase === "closed");
    await page.goto(`${demo.url}/console/k/sumsel/minutes`);
    await page.fill("#letter_number", "800/77/BKD/2027");
    await page.fill("#positions", "Kepala BKD Provinsi Contoh,\nKetua Bawaslu Provinsi Contoh,");
    await page.click("form[action$='/minutes'] button");
    await page.waitForSelector("#edition-1");
    const folder = mkdtempSync(join(tmpdir(), "ikrar-minutes-"));
    try {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[href$='/minutes/1']")]);
      const pdf = join(folder, "minutes.pdf");
      copyFileSync(await download.path(), pdf);
      const text = execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8" });
      for (const said of ["800/77/BKD/2027", "4 (empat)", "Ketua Bawaslu Provinsi Contoh,"]) assert.ok(text.includes(said), `${said}: ${text}`);
      assert.match(execFileSync("pdfsig", ["-nocert", pdf], { encoding: "utf8" }), /Signature is Valid/);
      const check = await openPage(browser, PHONE);
      await check.goto(`${demo.url}/v`);
      await check.setInputFiles("#file", pdf);
      await check.waitForSelector("#results .notice--ok");
      assert.match(await check.locator("#results").innerText(), /Dokumen asli penyelenggara/);
      assert.equal(await check.locator("#results [data-slot=who]").isVisible(), false, "it is nobody's certificate");
      await closePage(check);
      // As another signature service sends it back: the same file with something behind it.
      appendFileSync(pdf, "\n% ditandatangani\n");
      await page.setInputFiles("input[type=file]", pdf);
      await page.click("form[enctype] button");
      await page.waitForSelector("a[href$='/minutes/1/copy']");
      assert.ok((await page.locator("#edition-1 ~ .notice").innerText()).includes("utuh"));
      const [copy] = await Promise.all([page.waitForEvent("download"), page.click("a[href$='/minutes/1/copy']")]);
      assert.ok(readFileSync(await copy.path()).equals(readFileSync(pdf)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    for (const size of [DESK, PHONE]) {
      await page.setViewportSize(size);
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
    }
    await closePage(page);
  });
});
