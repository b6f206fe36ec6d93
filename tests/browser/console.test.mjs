// An organizer brings a roster in, prints slips, opens the event, and somebody signs with a slip.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { enterConsole, NEW_PASSWORD, resetPassword, roster, sendRoster } from "./support/organizer.mjs";
import { draw, enter, tickAll } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

const DRAFT = "pakta-2027";
const PEOPLE = 30;
/** Wrong passwords are answered late; on a busy machine later still. */
const SLOW_MS = 60_000;

describe("the console", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  test("the one-time password opens nothing but the page that changes it", async () => {
    const page = await openPage(browser, DESK);
    await page.goto(`${demo.url}/console/login`);
    await page.fill("#login", "admin");
    await page.fill("#password", demo.password());
    await page.click('form[action="/console/login"] > button');
    await page.waitForSelector("#old");
    await page.goto(`${demo.url}/console/k/sumsel/codes`);
    assert.equal(await page.locator("input[name=format]").count(), 0);
    await closePage(page);
  });

  for (const [name, size] of SIZES) {
    test(`a password can be looked at while it is typed, and its strength is seen, on a ${name}`, async () => {
      const page = await openPage(browser, size);
      await page.goto(`${demo.url}/console/login`);
      await page.fill("#password", "salah sekali");
      const button = page.locator("#password + button");
      await button.click();
      assert.equal(await page.locator("#password").getAttribute("type"), "text");
      assert.equal(await button.innerText(), "Sembunyikan kata sandi");
      await assertFits(page);
      await button.click();
      assert.equal(await page.locator("#password").getAttribute("type"), "password");
      await enterConsole(page, demo);
      await page.goto(`${demo.url}/console/password`);
      assert.equal(await page.locator("#strength").isVisible(), false);
      const told = [["pendek", "Terlalu pendek"], ["aaaaaaaaaaaaaaaa", "Lemah"], ["sawahlereng12", "Cukup"], ["sawah lereng bambu kuning", "Kuat"]];
      for (const [typed, words] of told) {
        await page.fill("#new", typed);
        assert.ok((await page.locator("#strength-words").innerText()).startsWith(words), typed);
        assert.equal(await page.locator("#strength").isVisible(), true);
      }
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
      await closePage(page);
    });
  }

  test("who is refused after too many wrong passwords reads what there is to do", async () => {
    const login = "tebakan";
    for (const [name, size] of SIZES) {
      const page = await openPage(browser, size);
      await page.goto(`${demo.url}/console/login`);
      // The others find the limit reached.
      if (size === PHONE) await page.evaluate(async (login) => {
        const body = (number) => new URLSearchParams({ login, password: `salah ${number} kali`, to: "" });
        await Promise.all(Array.from({ length: 11 }, (_, number) => fetch("/console/login", { method: "POST", body: body(number) })));
      }, login);
      await page.fill("#login", login);
      await page.fill("#password", "salah sekali");
      await page.click('form[action="/console/login"] > button', { noWaitAfter: true });
      await page.waitForSelector(".notice--bad li", { timeout: SLOW_MS });
      assert.equal(await page.locator(".notice--bad li").count(), 3, name);
      assert.equal(await page.locator("#login").inputValue(), login, name);
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), [], name);
      await closePage(page);
    }
  });

  test("a faulty roster names row, value and remedy, and changes nothing", async () => {
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await sendRoster(page, demo.url, DRAFT, roster(3, { serial: () => "000" }));
    assert.ok((await page.locator("table tbody tr").count()) > 0);
    const [remarks] = await Promise.all([page.waitForEvent("download"), page.click('a[href$="/remarks.xlsx"]')]);
    assert.equal(await remarks.failure(), null);
    await page.goto(`${demo.url}/console/k/${DRAFT}/roster`);
    assert.equal(await page.locator("tr.total").count(), 0);
    await closePage(page);
  });

  test("a roster is tried, taken, printed as slips, and signed with one", async () => {
    const page = await openPage(browser, DESK);
    await enterConsole(page, demo);
    await sendRoster(page, demo.url, DRAFT, roster(PEOPLE));
    await page.click('form[action$="/confirm"] button');
    await page.waitForFunction(() => !document.querySelector('form[action$="/confirm"]') && !document.querySelector("progress"), null, { timeout: 30_000 });
    await page.goto(`${demo.url}/console/k/${DRAFT}/roster`);
    assert.match(await page.locator("tr.total").innerText(), new RegExp(`${PEOPLE}`));

    await page.goto(`${demo.url}/console/k/${DRAFT}/codes`);
    if (await page.locator("#password").count()) await page.fill("#password", NEW_PASSWORD);
    const [slips] = await Promise.all([
      page.waitForEvent("download"),
      page.click(`form[action="/console/k/${DRAFT}/codes"] button`),
    ]);
    const path = await slips.path();
    assert.equal(readFileSync(path).subarray(0, 5).toString(), "%PDF-");
    const text = execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8" });
    const codes = text.match(/\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b/g) || [];
    assert.equal(new Set(codes).size, PEOPLE, "one code for each");

    for (const step of ["lock", "open"]) {
      await page.goto(`${demo.url}/console/k/${DRAFT}/step/${step}`);
      await page.click(`form[action$="/step/${step}"] button`);
      await page.waitForSelector(".notice--ok");
    }
    await closePage(page);

    const phone = await openPage(browser, PHONE);
    await signDrawn(phone, codes, text);
    await closePage(phone);
  });

  /** The pact asks for a drawn signature. */
  async function signDrawn(phone, codes, text) {
    const found = text.match(/19850101201001\d{4}/g) || [];
    const identifier = (found[0] || "").padEnd(18, "0");
    let person = null;
    for (const accessCode of codes) {
      const answer = await fetch(`${demo.url}/api/v1/campaigns/${DRAFT}/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ identifier: identifier.length === 18 ? identifier : "198501012010011001", access_code: accessCode }),
      });
      if (answer.status === 200) {
        person = { identifier, accessCode };
        break;
      }
    }
    assert.ok(person, "no slip opens a session");
    await enter(phone, demo.url, person, { slug: DRAFT });
    await tickAll(phone);
    await draw(phone, [[20, 30], [60, 60], [100, 25], [140, 70], [200, 40]]);
    await phone.click("form[data-send=pledge] [data-go]");
    await phone.waitForSelector(".receipt");
  }

  for (const [name, size] of SIZES) {
    test(`every room is accessible on a ${name}`, async () => {
      await signByApi(demo.url, demo.somebody());
      const page = await openPage(browser, size);
      await enterConsole(page, demo);
      const rooms = ["", "/accounts", "/audit", "/new", "/password", "/second-factor", "/sessions", "/accounts/admin"];
      const event = ["", "/day", "/settings", "/text", "/times", "/institutions", "/roster", "/codes", "/progress", "/people", "/reports", "/lists", "/audit", "/step/pause"];
      for (const path of [...rooms, ...event.map((room) => `/k/sumsel${room}`)]) {
        const answer = await page.goto(`${demo.url}/console${path}`);
        assert.equal(answer.status(), 200, path);
        assert.deepEqual(await accessibilityFaults(page), [], path);
        await assertFits(page);
      }
      await page.click(".desk__mine summary");
      assert.deepEqual(await accessibilityFaults(page), [], "one's own menu");
      await page.goto(`${demo.url}/console/second-factor`);
      await page.click('form[action$="/second-factor/new"] button');
      await page.waitForSelector(".factor__qr");
      assert.deepEqual(await accessibilityFaults(page), [], "a new second factor");
      await assertFits(page);
      await page.goto(`${demo.url}/console/k/sumsel/people`);
      await page.fill("#q", demo.people[0].name.split(",")[0]);
      await page.click('form[action$="/people"] button');
      await page.waitForSelector('form[action$="/people/show"]');
      assert.deepEqual(await accessibilityFaults(page), [], "found by name");
      await page.goto(`${demo.url}/console/k/sumsel/people`);
      await page.fill("#q", demo.people[0].identifier);
      await page.click('form[action$="/people"] button');
      await page.waitForSelector('a.linkish[href$="/people"]');
      assert.ok((await page.locator("main").innerText()).includes(demo.people[0].name));
      assert.deepEqual(await accessibilityFaults(page), [], "person");
      await closePage(page);
    });
  }

  for (const [name, size] of SIZES) {
    test(`what became of one's account is told until one has read it, on a ${name}`, async () => {
      resetPassword(demo);
      const page = await openPage(browser, size);
      await enterConsole(page, demo);
      const told = page.locator("section", { hasText: "Pemberitahuan tentang akun Anda" });
      for (const path of ["", "/k/sumsel/day", "/password"]) {
        await page.goto(`${demo.url}/console${path}`);
        assert.match(await told.innerText(), /diganti oleh orang lain[^]*baris perintah/);
        assert.deepEqual(await accessibilityFaults(page), [], path);
        await assertFits(page);
      }
      await told.getByRole("button").click();
      await page.waitForURL(/\/console$/);
      assert.equal(await told.count(), 0);
      await page.goto(`${demo.url}/console/sessions`);
      assert.match(await page.locator(".notices").innerText(), /diganti oleh orang lain/);
      await closePage(page);
    });
  }
});
