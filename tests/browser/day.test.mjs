// The page of the day renews itself while somebody looks at it, says when it can't, and works without a script.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { enterConsole } from "./support/organizer.mjs";
import { enter } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

const DAY = "/console/k/sumsel/day";
/** The page asks every five seconds, and a second later at the most. */
const RENEWED_MS = 15_000;

describe("the page of the day", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  const signed = (page) => page.locator(".tally__number").first().innerText();

  /** Signs, and says that it was somebody else. */
  async function report(person) {
    await signByApi(demo.url, person);
    const page = await openPage(browser, PHONE);
    await enter(page, demo.url, person);
    await page.goto(`${demo.url}/k/sumsel/report`);
    await page.fill("#pesan-isi", "Bukan saya.");
    await page.click('form[action$="/report"] button');
    await page.waitForSelector(".notice--ok");
    await closePage(page);
  }

  test("numbers, chart and rows follow without a reload", async () => {
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await page.goto(demo.url + DAY);
    assert.equal(await signed(page), "0");
    await page.evaluate(() => (globalThis.sameDocument = true));
    for (let people = 0; people < 7; people += 1) await signByApi(demo.url, demo.somebody());
    await page.waitForFunction(() => document.querySelector(".tally__number").innerText === "7", null, { timeout: RENEWED_MS });
    assert.ok((await page.locator(".chart rect").count()) > 0, "the chart has no bar");
    assert.match(await page.locator("[data-part=service]").innerText(), /ikrar dalam \d+ milidetik/);
    assert.ok(await page.evaluate(() => globalThis.sameDocument === true), "the page was loaded anew");
    await closePage(page);
  });

  test("nobody looking, nothing asked", async () => {
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await page.goto(demo.url + DAY);
    let asked = 0;
    page.on("request", (request) => (asked += request.url().endsWith("/day") ? 1 : 0));
    await page.waitForRequest((request) => request.url().endsWith("/day"), { timeout: RENEWED_MS });
    const hide = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await hide(true);
    const before = asked;
    await page.waitForTimeout(8_000);
    assert.equal(asked, before, "a hidden page asks");
    const again = page.waitForRequest((request) => request.url().endsWith("/day"), { timeout: 3_000 });
    await hide(false);
    await again;
    await closePage(page);
  });

  test("it says when its numbers are old, and when they aren't any more", async () => {
    const page = await openPage(browser, PHONE);
    await enterConsole(page, demo);
    await page.goto(demo.url + DAY);
    await page.context().setOffline(true);
    await page.waitForSelector("[data-stale]:not([hidden])", { timeout: 40_000 });
    await page.context().setOffline(false);
    await page.waitForSelector("[data-stale]", { state: "hidden", timeout: 40_000 });
    await closePage(page);
  });

  test("an event is paused, resumed and extended from it, and the trail tells of it", async () => {
    const page = await openPage(browser, PHONE);
    await enterConsole(page, demo);
    await page.goto(demo.url + DAY);
    await page.click('a[href$="/step/pause?from=day"]');
    await page.fill("#reason", "Listrik ruangan padam.");
    await page.click('form[action$="/step/pause"] button');
    await page.waitForURL(/\/day\?done=pause$/);
    await page.click('a[href$="/step/resume?from=day"]');
    await page.click('form[action$="/step/resume"] button');
    await page.waitForURL(/\/day\?done=resume$/);
    await page.click('a[href$="/extend"]');
    assert.deepEqual(await accessibilityFaults(page), []);
    await assertFits(page);
    await page.check("input[name=minutes][value='30']");
    await page.fill("#reason", "Antre di depan aula.");
    await page.click('form[action$="/extend"] button');
    await page.waitForURL(/\/day\?done=extended$/);
    await page.goto(`${demo.url}/console/k/sumsel/audit`);
    const trail = await page.locator("main").innerText();
    for (const reason of ["Listrik ruangan padam.", "Antre di depan aula."]) assert.ok(trail.includes(reason), reason);
    await closePage(page);
  });

  for (const [name, size] of SIZES) {
    for (const lang of ["id", "en"]) {
      test(`accessible, ${lang}, ${name}, also without a script`, async () => {
        await report(demo.somebody());
        const page = await openPage(browser, size);
        await enterConsole(page, demo);
        await page.goto(`${demo.url}${DAY}?lang=${lang}`);
        assert.ok(Number(await page.locator(".side .count").first().evaluate((count) => count.firstChild.data)) > 0);
        assert.deepEqual(await accessibilityFaults(page), []);
        await assertFits(page);
        const cookies = await page.context().cookies();
        await closePage(page);
        const plain = await openPage(browser, size, { javaScriptEnabled: false });
        await plain.context().addCookies(cookies);
        await plain.goto(`${demo.url}${DAY}?lang=${lang}`);
        assert.equal(await plain.locator(".tally__one").count(), 3);
        assert.equal(await plain.locator('noscript meta[http-equiv="refresh"], meta[http-equiv="refresh"]').count(), 1);
        await closePage(plain);
      });
    }
  }

  test("on a phone the menu shows where one is and that there is more", async () => {
    const page = await openPage(browser, PHONE);
    await enterConsole(page, demo);
    await page.goto(`${demo.url}/console/k/sumsel/lists`);
    const menu = page.locator(".side nav");
    assert.ok(await menu.evaluate((nav) => nav.scrollWidth > nav.clientWidth));
    const inside = await menu.evaluate((nav) => {
      const [here, row] = [nav.querySelector("[aria-current]").getBoundingClientRect(), nav.getBoundingClientRect()];
      return here.left >= row.left && here.right <= row.right;
    });
    assert.ok(inside, "where one is lies outside");
    assert.notEqual(await menu.evaluate((nav) => getComputedStyle(nav, "::after").content), "none");
    await closePage(page);
  });
});
