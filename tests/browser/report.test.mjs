// "Bukan saya" without a code: on a phone, with and without a script, and at the help desk.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { enterConsole } from "./support/organizer.mjs";
import { enter } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

const EVENT = "/k/sumsel";
const SHOTS = process.env.REPORT_SHOTS;

describe("a report without a code", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  const shot = async (page, name) => SHOTS && page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });

  /** From the event's page to the number. */
  async function report(page, identifier, lang = "id") {
    await page.goto(`${demo.url}${EVENT}?lang=${lang}`);
    await page.click('a[href$="/lapor"]');
    await page.fill("#nomor", identifier);
    await page.fill("#kontak", "0812-3456-7890");
    await page.fill("#pesan-isi", "Rekan saya bilang saya sudah menandatangani.");
    await page.click("form:has(#kontak) button");
    return page.locator(".report-number").innerText();
  }

  async function seeState(page, number) {
    await page.goto(`${demo.url}${EVENT}/lapor`);
    await page.fill("#nomor-laporan", number);
    await page.click("#keadaan button");
    return page.locator("main").innerText();
  }

  async function whole(page, name) {
    assert.deepEqual(await accessibilityFaults(page), []);
    await assertFits(page);
    await shot(page, name);
  }

  for (const [size, viewport] of SIZES) {
    for (const lang of ["id", "en"]) {
      test(`every page of it is accessible and fits, ${lang}, ${size}`, async () => {
        const page = await openPage(browser, viewport);
        await page.goto(`${demo.url}${EVENT}?lang=${lang}`);
        await shot(page, `event-${lang}-${size}`);
        await page.goto(`${demo.url}${EVENT}/lapor?lang=${lang}`);
        await whole(page, `form-${lang}-${size}`);
        await page.fill("#nomor", "123");
        await page.fill("#kontak", "0812-3456-7890");
        await page.click("form:has(#kontak) button");
        assert.equal(await page.inputValue("#kontak"), "0812-3456-7890");
        await whole(page, `refused-${lang}-${size}`);
        const number = await report(page, demo.somebody().identifier, lang);
        assert.match(number, /^[0-9A-Z]{3}(-[0-9A-Z]{3}){3}$/);
        assert.ok(!page.url().includes(number), "the number is in an address");
        await whole(page, `sent-${lang}-${size}`);
        await seeState(page, number);
        assert.ok(!page.url().includes(number), "the number is in an address");
        await whole(page, `state-${lang}-${size}`);
        await closePage(page);
      });
    }
  }

  test("without a script somebody reports, the help desk takes it up and closes it, and the number tells", async () => {
    const person = demo.somebody();
    await signByApi(demo.url, person);
    const plain = await openPage(browser, PHONE, { javaScriptEnabled: false });
    const number = await report(plain, person.identifier);
    assert.match(await seeState(plain, number.toLowerCase().replaceAll("-", " ")), /Menunggu diperiksa/);

    const desk = await openPage(browser, DESK);
    await enterConsole(desk, demo);
    await desk.goto(`${demo.url}/console/k/sumsel/reports`);
    await desk.fill("#number", number);
    await desk.click('form[action$="/find"] button');
    const found = desk.locator("article");
    assert.equal(await found.count(), 1);
    const words = await found.innerText();
    for (const shown of ["tanpa kode", person.identifier, "0812-3456-7890", person.name]) assert.ok(words.includes(shown), shown);
    await whole(desk, "desk-desk");
    await desk.setViewportSize(PHONE);
    await whole(desk, "desk-phone");
    await desk.setViewportSize(DESK);
    await found.locator('form[action$="/take"] button').click();
    await desk.waitForURL(/done=taken$/);
    assert.match(await seeState(plain, number), /Sedang diperiksa sejak/);
    const own = desk.locator("article", { hasText: number });
    await own.locator("textarea").fill("Kode dipakai orang lain, sudah ditelepon.");
    await own.locator("select").selectOption("revoked");
    await own.locator('form[action$="/reports"] button').click();
    await desk.waitForURL(/done=resolved$/);
    const told = await seeState(plain, number);
    assert.match(told, /Selesai pada/);
    assert.match(told, /Tanda tangan itu sudah dicabut/);
    assert.ok(!told.includes("orang lain"), "the finding is the help desk's own");
    await closePage(desk);
    await closePage(plain);
  });

  test("an organizer closes what names nobody on the roster, and the holder of the number is sent to the help desk", async () => {
    const page = await openPage(browser, PHONE);
    const number = await report(page, "16.99-THL/0042");
    const desk = await openPage(browser, DESK);
    await enterConsole(desk, demo);
    await desk.goto(`${demo.url}/console/k/sumsel/reports`);
    await desk.click("details.card summary");
    await whole(desk, "unlisted-desk");
    await desk.setViewportSize(PHONE);
    await whole(desk, "unlisted-phone");
    await desk.click('form[action$="/unlisted"] button');
    await desk.waitForURL(/done=unlisted-resolved$/);
    assert.match(await seeState(page, number), /Selesai pada[^]*hubungi Helpdesk contoh/);
    await closePage(desk);
    await closePage(page);
  });

  test("who has a code and reports sees the number, too", async () => {
    const page = await openPage(browser, PHONE);
    await enter(page, demo.url, demo.somebody());
    await page.goto(`${demo.url}${EVENT}/report`);
    await page.fill("#pesan-isi", "Bukan saya.");
    await page.click('form[action$="/report"] button');
    const number = await page.locator(".report-number").innerText();
    await whole(page, "signed-in-phone");
    assert.match(await seeState(page, number), /Menunggu diperiksa/);
    await page.goto(`${demo.url}${EVENT}/report`);
    assert.equal(await page.locator(".report-number").innerText(), number, "the earlier report is shown");
    await whole(page, "signed-in-again-phone");
    await closePage(page);
  });

  test("the verification page leads to the event's form", async () => {
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/v`);
    await whole(page, "verify-phone");
    await page.click('a[href="/k/sumsel/lapor"]');
    await page.waitForSelector("#nomor-laporan");
    await closePage(page);
  });
});
