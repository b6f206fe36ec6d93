// A signer's way on a phone and on a desk, with a script and without.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { signByApi } from "./support/demo.mjs";
import { assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { enter, fillEntry, serialOn, sign, tickAll } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

describe("signing", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  for (const [name, size] of SIZES) {
    for (const javaScriptEnabled of [true, false]) {
      test(`a person signs on a ${name} ${javaScriptEnabled ? "with" : "without"} a script`, async () => {
        const page = await openPage(browser, size, { javaScriptEnabled });
        const person = demo.somebody();
        await page.goto(demo.url);
        await page.click('main a[href="/k/sumsel/sign"]');
        await fillEntry(page, person);
        await page.click("form[data-send=enter] [data-go]");
        await page.waitForSelector("form[data-send=pledge]");
        assert.ok((await page.locator(".who").innerText()).includes(person.name));
        await tickAll(page);
        await page.click("form[data-send=pledge] [data-go]");
        await page.waitForSelector(".receipt");
        assert.ok((await page.locator(".receipt").innerText()).includes(person.name));
        assert.match(await serialOn(page), /^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}$/);
        await assertFits(page);
        const [pdf] = await Promise.all([page.waitForEvent("download"), page.click(".receipt__actions a[download]")]);
        assert.equal(await pdf.failure(), null);
        await closePage(page);
      });
    }
  }

  test("the receipt of a phone fits on one screen", async () => {
    const page = await openPage(browser, PHONE);
    await sign(page, demo.url, demo.somebody());
    const bottom = await page.locator(".receipt__actions").evaluate((place) => place.getBoundingClientRect().bottom);
    assert.ok(bottom + (await page.evaluate(() => scrollY)) <= PHONE.height, `the actions end at ${bottom} px`);
    await closePage(page);
  });

  test("signing again, from another phone, shows the same receipt", async () => {
    const person = demo.somebody();
    const first = await openPage(browser, PHONE);
    await sign(first, demo.url, person);
    const second = await openPage(browser, DESK);
    await enter(second, demo.url, person);
    assert.equal(await serialOn(second), await serialOn(first));
    await closePage(first);
    await closePage(second);
  });

  test("two tabs sign at once and show one receipt", async () => {
    const person = demo.somebody();
    const pages = [await openPage(browser, PHONE), await openPage(browser, PHONE)];
    for (const page of pages) {
      await enter(page, demo.url, person);
      await tickAll(page);
    }
    await Promise.all(pages.map((page) => page.click("form[data-send=pledge] [data-go]")));
    const serials = [];
    for (const page of pages) {
      await page.waitForSelector(".receipt");
      serials.push(await serialOn(page));
      await closePage(page);
    }
    assert.equal(serials[0], serials[1]);
  });

  test("a wrong code is refused with a next step, and the right one enters", async () => {
    const person = demo.somebody();
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/k/sumsel/sign`);
    await fillEntry(page, { ...person, accessCode: "00000-00000" });
    await page.click("[data-go]");
    await page.waitForSelector("#pesan:not([hidden])");
    assert.ok((await page.locator("#pesan").innerText()).length > 20);
    await fillEntry(page, person);
    await page.click("[data-go]");
    await page.waitForSelector("form[data-send=pledge]");
    await closePage(page);
  });

  test("a slip's QR code fills the code in and leaves the address", async () => {
    const person = demo.somebody();
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/k/sumsel/sign#${person.accessCode.replace("-", "")}`);
    await page.waitForFunction(() => location.hash === "" && document.getElementById("kode").value !== "");
    await page.fill("#nomor", person.identifier);
    await page.click("[data-go]");
    await page.waitForSelector("form[data-send=pledge]");
    await closePage(page);
  });

  for (const javaScriptEnabled of [true, false]) {
    test(`a clause that wasn't ticked is shown, ticks are kept (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, PHONE, { javaScriptEnabled });
      await enter(page, demo.url, demo.somebody());
      const boxes = page.locator("input[name=butir]");
      await boxes.first().check();
      await page.click("[data-go]");
      await page.waitForSelector(".clause--missing");
      assert.ok(await boxes.first().isChecked());
      await tickAll(page);
      await page.click("[data-go]");
      await page.waitForSelector(".receipt");
      await closePage(page);
    });
  }

  test("without a network the page says so and signs when it is back", async () => {
    const page = await openPage(browser, PHONE);
    await enter(page, demo.url, demo.somebody());
    await tickAll(page);
    await page.context().setOffline(true);
    await page.click("[data-go]");
    await page.waitForSelector("#keadaan:not([hidden])");
    const offline = await page.locator("#keadaan").getAttribute("data-offline");
    await page.waitForFunction((words) => document.getElementById("keadaan").innerText.includes(words), offline);
    await page.context().setOffline(false);
    await page.waitForSelector(".receipt", { timeout: 60_000 });
    await closePage(page);
  });

  test("a reply that is lost costs no signature and counts once", async () => {
    const person = demo.somebody();
    const page = await openPage(browser, PHONE);
    await enter(page, demo.url, person);
    await tickAll(page);
    let lost = 0;
    await page.route("**/k/sumsel/sign", async (route) => {
      if (route.request().method() === "POST" && lost === 0) {
        lost += 1;
        await route.fetch();
        await route.abort();
      } else {
        await route.continue();
      }
    });
    await page.click("[data-go]");
    await page.waitForSelector(".receipt", { timeout: 60_000 });
    assert.equal(lost, 1);
    const receipt = await signByApi(demo.url, person);
    assert.equal(receipt.serial.replaceAll("-", ""), (await serialOn(page)).replaceAll("-", ""));
    await closePage(page);
  });

  test("'Bukan saya' leaves without signing", async () => {
    const page = await openPage(browser, PHONE);
    await enter(page, demo.url, demo.somebody());
    await page.click(".who [data-leave] button");
    await page.waitForSelector("form[data-send=enter]");
    assert.deepEqual(await page.context().cookies(), []);
    await closePage(page);
  });

  test("a shared phone is handed on with a button, and nothing is left on it", async () => {
    const page = await openPage(browser, PHONE);
    await sign(page, demo.url, demo.somebody(), { shared: true });
    assert.equal((await page.context().cookies()).length, 1);
    await page.click("[data-leave] button");
    await page.waitForSelector("form[data-send=enter]");
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
    await page.goBack();
    await page.waitForSelector("form[data-send=enter]");
    await closePage(page);
  });

  test("a shared phone without scripts is handed on by itself, and a copied cookie opens nothing", async () => {
    const page = await openPage(browser, PHONE, { javaScriptEnabled: false });
    await sign(page, demo.url, demo.somebody(), { shared: true });
    const copied = await page.context().cookies();
    // The minute passes faster here.
    await page.route("**/receipt", async (route) => {
      const answer = await route.fetch();
      return route.fulfill({ response: answer, body: (await answer.text()).replace('content="60;', 'content="1;') });
    });
    await page.goto(`${demo.url}/k/sumsel/receipt`);
    await page.waitForSelector("form[data-send=enter]");
    assert.match(page.url(), /selesai/);
    await page.unroute("**/receipt");
    await page.context().addCookies(copied);
    await page.goto(`${demo.url}/k/sumsel/receipt`);
    await page.waitForSelector("form[data-send=enter]");
    await closePage(page);
  });

  test("a shared phone is handed on by itself after a minute", async () => {
    const page = await openPage(browser, PHONE);
    await page.clock.install();
    await sign(page, demo.url, demo.somebody(), { shared: true });
    await page.clock.runFor(61_000);
    await page.waitForSelector("form[data-send=enter]");
    await closePage(page);
  });
});
