// An event that asks for a signature: drawn with a pointer, or one's name typed instead; neither is lost on the way.
import { before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessibilityFaults, assertFits, closePage, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { boundsOf, inkWithin, strokesIn } from "./support/drawing.mjs";
import { openEvent } from "./support/organizer.mjs";
import { draw, enter, fillEntry, tickAll } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

const SLUG = "pakta-2027";
/** One stroke, 200 pixels wide and 60 high. */
const ZIGZAG = [[20, 30], [70, 90], [120, 35], [170, 85], [220, 40]];
const PROPORTION = 200 / 60;

describe("an event that asks for a signature", () => {
  let demo;
  let browser;
  let people;
  let next = 0;
  onStage((stage) => ({ demo, browser } = stage));
  before(async () => {
    people = await openEvent(demo, SLUG, 30);
  });
  const somebody = () => people[next++];
  const go = (page) => page.click("form[data-send=pledge] [data-go]");

  async function certificateOn(page) {
    await page.waitForSelector(".receipt");
    const path = await page.locator(".receipt__actions a[download]").getAttribute("href");
    return Buffer.from(await (await fetch(new URL(path, demo.url))).arrayBuffer());
  }

  function textOf(pdf) {
    const file = join(demo.folder, "typed.pdf");
    writeFileSync(file, pdf);
    return execFileSync("pdftotext", [file, "-"], { encoding: "utf8" });
  }

  async function signAgain(page, person) {
    await page.waitForSelector("form[data-send=enter]");
    await fillEntry(page, person);
    await page.click("form[data-send=enter] [data-go]");
    await page.waitForSelector("form[data-send=pledge]");
  }

  for (const [name, size] of SIZES) {
    test(`what is drawn on a ${name} stands in the certificate as lines of the same shape`, async () => {
      const page = await openPage(browser, size);
      await enter(page, demo.url, somebody(), { slug: SLUG });
      await tickAll(page);
      await draw(page, ZIGZAG);
      await assertFits(page);
      assert.deepEqual(await accessibilityFaults(page), []);
      await go(page);
      const pdf = await certificateOn(page);
      const strokes = strokesIn(pdf);
      assert.equal(strokes.length, 1);
      assert.ok(strokes[0].length >= ZIGZAG.length, "every corner is there");
      const bounds = boundsOf(strokes);
      assert.ok(bounds.width > 40, `${bounds.width} points wide can be seen`);
      const proportion = bounds.width / bounds.height;
      assert.ok(Math.abs(proportion / PROPORTION - 1) < 0.1, `drawn ${PROPORTION}, printed ${proportion}`);
      assert.ok(inkWithin(pdf, demo.folder, bounds) > 100, "the print shows it");
      await closePage(page);
    });
  }

  for (const javaScriptEnabled of [true, false]) {
    test(`a name is typed instead, without a pointer (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, PHONE, { javaScriptEnabled });
      const person = somebody();
      await enter(page, demo.url, person, { slug: SLUG });
      await tickAll(page);
      await page.focus("#nama");
      await page.keyboard.type(person.name.toLowerCase());
      await page.keyboard.press("Enter");
      const pdf = await certificateOn(page);
      assert.deepEqual(strokesIn(pdf), []);
      assert.match(textOf(pdf), /ditandatangani secara elektronik/);
      await closePage(page);
    });

    test(`with neither, or somebody else's name, nothing is signed and the ticks stay (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, PHONE, { javaScriptEnabled });
      const person = somebody();
      await enter(page, demo.url, person, { slug: SLUG });
      await tickAll(page);
      for (const typed of ["", "Orang Lain"]) {
        await page.fill("#nama", typed);
        await go(page);
        await page.waitForSelector("#pesan:not([hidden])");
        if (javaScriptEnabled && !typed) assert.ok(await page.locator("[data-unsigned]").isVisible(), "said beside the field");
        assert.equal(await page.locator("input[name=butir]:not(:checked)").count(), 0);
      }
      await page.fill("#nama", person.name);
      await go(page);
      await page.waitForSelector(".receipt");
      await closePage(page);
    });
  }

  test("a session that ends loses neither ticks nor drawing", async () => {
    const page = await openPage(browser, PHONE);
    const person = somebody();
    await enter(page, demo.url, person, { slug: SLUG });
    await tickAll(page);
    await draw(page, ZIGZAG);
    const drawn = await page.inputValue("input[name=strokes]");
    await page.context().clearCookies();
    await go(page);
    await signAgain(page, person);
    await page.waitForFunction(() => document.querySelector("input[name=strokes]").value !== "");
    assert.equal(await page.inputValue("input[name=strokes]"), drawn);
    assert.equal(await page.locator("input[name=butir]:not(:checked)").count(), 0);
    await go(page);
    assert.equal(strokesIn(await certificateOn(page)).length, 1);
    await closePage(page);
  });

  test("nor a name that was typed", async () => {
    const page = await openPage(browser, PHONE);
    const person = somebody();
    await enter(page, demo.url, person, { slug: SLUG });
    await tickAll(page);
    await page.fill("#nama", person.name);
    await page.context().clearCookies();
    await go(page);
    await signAgain(page, person);
    assert.equal(await page.inputValue("#nama"), person.name);
    await closePage(page);
  });

  test("without a script the ticks come back too", async () => {
    const page = await openPage(browser, PHONE, { javaScriptEnabled: false });
    const person = somebody();
    await enter(page, demo.url, person, { slug: SLUG });
    await tickAll(page);
    await page.context().clearCookies();
    await go(page);
    await signAgain(page, person);
    assert.equal(await page.locator("input[name=butir]:not(:checked)").count(), 0);
    await closePage(page);
  });

  test("somebody else who signs in on the same phone finds nothing of it", async () => {
    const page = await openPage(browser, PHONE);
    await enter(page, demo.url, somebody(), { slug: SLUG });
    await tickAll(page);
    await draw(page, ZIGZAG);
    await page.context().clearCookies();
    await go(page);
    await signAgain(page, somebody());
    await page.locator("[data-pad] canvas").waitFor({ state: "visible" });
    assert.equal(await page.locator("input[name=butir]:checked").count(), 0);
    assert.equal(await page.inputValue("input[name=strokes]"), "");
    await closePage(page);
  });
});
