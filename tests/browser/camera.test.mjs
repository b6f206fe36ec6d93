// The page /v with a camera: a genuine code leads to green, a changed one doesn't, and without a camera there are other ways.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { signByApi, startDemo } from "./support/demo.mjs";
import { accessibilityFaults, closePage, launch, openPage, PHONE } from "./support/chromium.mjs";
import { cameraFlags, writeFilm } from "./support/camera.mjs";

describe("a camera", () => {
  let demo;
  let person;
  let qrText;
  before(async () => {
    demo = await startDemo();
    person = demo.somebody();
    const receipt = await signByApi(demo.url, person);
    const pdf = join(demo.folder, "certificate.pdf");
    writeFileSync(pdf, Buffer.from(await (await fetch(receipt.certificate_url)).arrayBuffer()));
    const picture = join(demo.folder, "certificate");
    execFileSync("pdftoppm", ["-r", "150", "-png", "-singlefile", pdf, picture]);
    const read = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", `${picture}.png`];
    qrText = execFileSync("zbarimg", read, { encoding: "utf8" }).trim();
  });
  after(() => demo?.stop());

  /** Opens /v in a browser of its own, whose camera sees `text` (or there is none), and hands its page on. */
  async function inFrontOf(text, look) {
    const film = join(demo.folder, "film.y4m");
    if (text) writeFilm(film, text);
    const browser = await launch(text ? cameraFlags(film) : []);
    try {
      const page = await openPage(browser, PHONE);
      await page.goto(`${demo.url}/v`);
      await page.click("#scan-start");
      await look(page);
      await closePage(page);
    } finally {
      await browser.close();
    }
  }

  async function verdictOf(page) {
    await page.waitForSelector("#results [data-slot=tone]");
    await page.waitForFunction(() => document.getElementById("working").hidden);
    return page.locator("#results [data-slot=tone]").getAttribute("class");
  }

  const cameraIsOff = (page) =>
    page.waitForFunction(() => document.getElementById("camera").srcObject === null && document.getElementById("scanner").hidden);

  test("sees a printed code, and the verdict is green", async () => {
    await inFrontOf(qrText, async (page) => {
      assert.match(await verdictOf(page), /notice--ok/);
      assert.ok((await page.locator("#results").innerText()).includes(person.name));
      await cameraIsOff(page);
      assert.equal(new URL(page.url()).hash, "");
    });
  });

  test("sees a code with one digit changed, and the verdict is red", async () => {
    const at = qrText.length - 30;
    const changed = qrText.slice(0, at) + ((Number(qrText[at]) + 1) % 10) + qrText.slice(at + 1);
    await inFrontOf(changed, async (page) => {
      assert.match(await verdictOf(page), /notice--bad/);
      assert.ok(!(await page.locator("#results").innerText()).includes(person.name));
    });
  });

  test("sees somebody else's code, and the page says that it is no pledge", async () => {
    await inFrontOf("https://example.org/menu", async (page) => {
      assert.match(await verdictOf(page), /notice--warn/);
      assert.match(await page.locator("#results").innerText(), /Bukan ikrar/);
    });
  });

  test("is closed again by its button, also before it has opened", async () => {
    await inFrontOf("https://example.org/menu", async (page) => {
      await page.goto("about:blank");
      await page.goto(`${demo.url}/v`);
      await page.waitForLoadState("networkidle");
      await page.evaluate(() => {
        document.getElementById("scan-start").click();
        document.getElementById("scan-stop").click();
      });
      await cameraIsOff(page);
      await page.waitForTimeout(1_500);
      await cameraIsOff(page);
      assert.equal(await page.locator("#results [data-slot=tone]").count(), 0);
    });
  });

  test("is refused, and the page says what else to do", async () => {
    await inFrontOf(null, async (page) => {
      await page.waitForSelector("#scan-fault:not([hidden])");
      assert.match(await page.locator("#scan-fault").innerText(), /Kamera tidak dapat dibuka.*foto kode QR/s);
      await page.waitForSelector("#scan-start:visible");
      assert.ok(await page.locator("#file").isVisible());
      assert.deepEqual(await accessibilityFaults(page), []);
    });
  });
});
