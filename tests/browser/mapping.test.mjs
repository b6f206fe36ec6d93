// Before a roster is imported, its columns are shown with what they are read as, and the organizer may say otherwise.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { accessibilityFaults, assertFits, closePage, openPage, SIZES } from "./support/chromium.mjs";
import { enterConsole, sendRoster } from "./support/organizer.mjs";
import { onStage } from "./support/stage.mjs";

const DRAFT = "pakta-2027";
const CHECKED = 'form[action$="/check"]';

/** People whose NIPs stand under a heading that nobody knows; the last one has none, and there is a name alone. */
function strangeRoster() {
  const rows = ["Budi Santoso", "Siti Aminah", "Ali Akbar"].map((name, at) =>
    `${at + 1};${`19850101201001100${at + 1}`};${name};${at ? "" : "S.E."};Dinas Kesehatan;Jalan Jenderal Sudirman Nomor ${at + 1};Pemerintah Kota Contoh`);
  rows.push("4;;Umi Kalsum;;Dinas Kesehatan;;Pemerintah Kota Contoh", "5;;Nama Saja;;;;Pemerintah Kota Contoh");
  return ["No;Identitas Kepegawaian;Nama;;Unit Kerja;Alamat Rumah yang Lengkap;Instansi", ...rows].join("\r\n");
}

describe("the mapping of a roster's columns", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  test("columns are shown, chosen and imported without JavaScript", async () => {
    const page = await openPage(browser, SIZES[0][1], { javaScriptEnabled: false });
    await enterConsole(page, demo);
    const strange = strangeRoster().replace("Identitas Kepegawaian", "Nomor Kepegawaian Lama").replaceAll("1985010120", "1985020220");
    await sendRoster(page, demo.url, DRAFT, strange);
    const select = (letters) => page.getByRole("combobox", { name: new RegExp(`^${letters}\\b`) });
    await select("B").selectOption("identifier");
    // The page asks for itself again while the file is read.
    await page.click(`${CHECKED} button`);
    await page.getByText(/Peserta dalam berkas: 4/).waitFor({ timeout: 30_000 });
    await page.check('input[name="numberless"][value="skip"]');
    await page.click(`${CHECKED} button`);
    await page.getByText(/Peserta dalam berkas: 3/).waitFor({ timeout: 30_000 });
    assert.equal(await select("B").inputValue(), "identifier");
    await page.click('form[action$="/confirm"] button');
    await page.waitForSelector(".notice--ok", { timeout: 30_000 });
    await closePage(page);
  });

  for (const [name, size] of SIZES) {
    test(`columns are shown, chosen, checked again and remembered, on a ${name}`, async () => {
      const page = await openPage(browser, size);
      await enterConsole(page, demo);
      await sendRoster(page, demo.url, DRAFT, strangeRoster());
      // The first size finds the file refused; the second finds what was remembered.
      const isFirst = (await page.locator(".notice--bad").count()) === 1;
      assert.equal(isFirst, name === SIZES[0][0]);
      const select = (letters) => page.getByRole("combobox", { name: new RegExp(`^${letters}\\b`) });
      assert.equal(await page.locator(".mapping__column").count(), 7);
      for (const label of ["A", "B", "C", "D", "E", "F", "G"]) assert.equal(await select(label).count(), 1, label);
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
      if (isFirst) {
        assert.equal(await page.locator('form[action$="/confirm"]').count(), 0);
        assert.equal(await select("B").inputValue(), "");
        assert.equal(await select("C").inputValue(), "name");
        assert.match(await page.locator(".mapping__samples").nth(1).innerText(), /198501012010011001/);
        await select("B").selectOption("identifier");
        await select("D").selectOption("back-title");
      } else {
        assert.equal(await select("B").inputValue(), "identifier");
        assert.match(await page.locator(".mapping__use").nth(1).innerText(), /diingat dari impor sebelumnya/);
        await select("D").selectOption("back-title");
      }
      await page.click(`${CHECKED} button`);
      await page.waitForSelector('form[action$="/confirm"]', { timeout: 30_000 });
      assert.deepEqual(await page.locator(".printed-names li").allInnerTexts(), ["Budi Santoso, S.E.", "Siti Aminah", "Ali Akbar", "Umi Kalsum"]);
      assert.match(await page.locator(".mapping__rows").innerText(), /Diberi nomor peserta: 1 orang/);
      // Nobody without a number takes part.
      await page.check('input[name="numberless"][value="skip"]');
      await page.click(`${CHECKED} button`);
      await page.waitForFunction(() => /Peserta dalam berkas: 3/.test(document.querySelector("main").innerText), null, { timeout: 30_000 });
      assert.equal(await page.locator('input[name="numberless"][value="skip"]').isChecked(), true);
      assert.equal(await select("D").inputValue(), "back-title", "the choices stay");
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.click('form[action$="/confirm"] button');
      await page.waitForSelector(".notice--ok", { timeout: 30_000 });
      assert.match(await page.locator(".notice--ok").innerText(), isFirst ? /sudah diganti/ : /tidak ada yang berubah/);
      await page.goto(`${demo.url}/console/k/${DRAFT}/roster`);
      assert.match(await page.locator("tr.total").innerText(), /3/);
      await closePage(page);
    });
  }

  for (const [name, size] of SIZES) {
    test(`a unit that is called otherwise is said to be the same without JavaScript, on a ${name}`, async () => {
      const page = await openPage(browser, size, { javaScriptEnabled: false });
      await enterConsole(page, demo);
      const renamed = `Dinas Kesehatan dan Keluarga Berencana di ${name}`;
      await sendRoster(page, demo.url, DRAFT, strangeRoster().replaceAll("Dinas Kesehatan", renamed));
      const select = page.getByRole("combobox", { name: renamed });
      assert.equal(await select.inputValue(), "", "nothing is a rename by itself");
      await select.selectOption({ index: 1 });
      const node = await select.inputValue();
      await page.click(`${CHECKED} button`);
      await page.getByText(`sekarang bernama ${renamed}.`).waitFor({ timeout: 30_000 });
      assert.equal(await select.inputValue(), node, "the answer stays");
      await assertFits(page);
      await page.click('form[action$="/confirm"] button');
      await page.waitForSelector(".notice--ok", { timeout: 30_000 });
      await closePage(page);
    });
  }

  test("what is asked about units is accessible", async () => {
    const page = await openPage(browser, SIZES[0][1]);
    await enterConsole(page, demo);
    await sendRoster(page, demo.url, DRAFT, strangeRoster().replaceAll("Dinas Kesehatan", "Dinas Baru"));
    await page.getByRole("combobox", { name: "Dinas Baru" }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await assertFits(page);
    await closePage(page);
  });
});
