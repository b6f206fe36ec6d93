// People after the lock: an organizer adds somebody, who signs; excuses and corrects others; the pages show one number.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { accessibilityFaults, assertFits, closePage, openPage, SIZES } from "./support/chromium.mjs";
import { enterConsole } from "./support/organizer.mjs";
import { onStage } from "./support/stage.mjs";

const EVENT = "sumsel";
const KEPT = process.env.IKRAR_AFTER_LOCK_OUT;

describe("people after the lock", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  for (const [at, [name, size]] of SIZES.entries()) {
    test(`somebody is added, excused, corrected and undone, on a ${name}`, async () => {
      const page = await openPage(browser, size);
      const look = async (what) => {
        await assertFits(page);
        assert.deepEqual(await accessibilityFaults(page), [], what);
        if (KEPT) await page.screenshot({ path: `${KEPT}/${what}-${size.width}.png`, fullPage: true });
      };
      await enterConsole(page, demo);
      await page.goto(`${demo.url}/console/k/${EVENT}/people`);
      await look("people");
      await page.click('a[href$="/people/add"]');
      await page.selectOption("#institution", "16");
      await page.click('form[method="get"] button');
      await page.waitForSelector("#identifier");
      await look("add");
      const identifier = `19850101201001${at + 1}00${at + 1}`;
      await page.fill("#identifier", identifier);
      await page.fill("#name", `Dra. Susulan Contoh ${"AB"[at]}, M.Si.`);
      await page.fill("#position", "Kepala Seksi → Pelayanan");
      await page.fill("#reason", "mutasi masuk per 1 Februari");
      await page.click('form[action$="/people/add"][method="post"] button');
      await page.waitForSelector(".notice--bad");
      assert.match(await page.innerText("main"), /Jabatan memuat → \(U\+2192\)/);
      assert.equal(await page.inputValue("#identifier"), identifier, "what was typed stays");
      await look("add-refused");
      await page.fill("#position", "Kepala Seksi Pelayanan");
      await page.click('form[action$="/people/add"][method="post"] button');
      await page.waitForSelector('form[action$="/people/undo"]', { state: "attached" });
      assert.match(await page.innerText("main"), /Susulan/);
      await look("added");
      assert.match(await page.innerText("main"), /Tampilkan kode/);

      await page.click("form[action$='/people/correction'] button");
      await page.fill("form[action$='/people/correct'] #name", `Dra. Hj. Susulan Contoh ${"AB"[at]}, M.Si.`);
      await page.fill("form[action$='/people/correct'] #reason", "gelar baru");
      await look("correct");
      await page.click("form[action$='/people/correct'] button");
      await page.waitForSelector(".notice--ok");
      assert.match(await page.innerText("h1"), /Dra\. Hj\. Susulan/);

      await page.click("details:has(form[action$='/people/excuse']) summary");
      await page.selectOption("#excuse-reason", "moved");
      await look("excuse");
      await page.click("form[action$='/people/excuse'] button");
      await page.waitForSelector("form[action$='/people/undo'] input[value='excused']", { state: "attached" });
      await look("excused");
      await page.goto(`${demo.url}/k/${EVENT}`);
      assert.match(await page.innerText("main"), /Sasaran [\d.]+ = awal [\d.]+ \+ susulan [14] − dikecualikan [12]/);
      await look("event");
      await page.goto(`${demo.url}/console/k/${EVENT}/people/changes`);
      assert.match(await page.locator("tbody").last().innerText(), /Dikecualikan[\s\S]*Diperbaiki[\s\S]*Ditambahkan/);
      await look("changes");
      await closePage(page);
    });

    test(`people are added by a file that is looked through and approved, on a ${name}`, async () => {
      const page = await openPage(browser, size);
      const look = async (what) => {
        await assertFits(page);
        assert.deepEqual(await accessibilityFaults(page), [], what);
        if (KEPT) await page.screenshot({ path: `${KEPT}/${what}-${size.width}.png`, fullPage: true });
      };
      const send = async (rows) => {
        await page.selectOption("#institution", "16");
        await page.fill("#reason", "mutasi masuk per 1 Februari");
        const buffer = Buffer.from(["NIP,Nama,Jabatan", ...rows].join("\n"));
        await page.setInputFiles("#file", { name: "susulan.csv", mimeType: "text/csv", buffer });
        await page.click('form[enctype] button');
      };
      await enterConsole(page, demo);
      await page.goto(`${demo.url}/console/k/${EVENT}/people`);
      await page.click('a[href$="/people/file"]');
      await look("file");
      const nip = (serial) => `19860202201103${at + 1}0${serial}${at + 1}`;
      await send([`${nip(1)},"Ahmad Berkas, S.E.",Analis`, "198613012011031001,Salah Tanggal,Analis"]);
      await page.waitForSelector(".notice--bad");
      assert.match(await page.innerText("main"), /198613012011031001/);
      await look("file-faults");
      await send([`${nip(1)},"Ahmad Berkas, S.E.",Analis`, `${nip(2)},Dra. Berkas Kedua,Arsiparis`]);
      await page.waitForSelector('form[action$="/approve"]');
      assert.match(await page.innerText("main"), /menunggu persetujuan[\s\S]*Ahmad Berkas, S\.E\./);
      await look("proposal");
      await page.click('form[action$="/approve"] button');
      await page.waitForSelector('a[href$="/codes"].button');
      assert.match(await page.innerText("main"), /Usulan dilaksanakan\.[\s\S]*selesai/);
      await look("proposal-done");
      await page.goto(`${demo.url}/console/k/${EVENT}/people/changes`);
      await look("proposals");
      await closePage(page);
    });
  }
});
