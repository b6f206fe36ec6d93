// A printed certificate, photographed: the page says what is true of it, and one changed digit turns it red.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signByApi } from "./support/demo.mjs";
import { accessibilityFaults, assertFits, closePage, DESK, openPage, PHONE, SIZES } from "./support/chromium.mjs";
import { onStage } from "./support/stage.mjs";

const PRINT_DPI = "150";
const SMALLEST = { width: 360, height: 640 };

function changedDigit(text, at) {
  const digit = String((Number(text[at]) + 1) % 10);
  return text.slice(0, at) + digit + text.slice(at + 1);
}

/** The certificate's file, a photo of the page with its code, and the code's text. */
async function printed(receipt, folder) {
  const pdf = join(folder, "certificate.pdf");
  writeFileSync(pdf, Buffer.from(await (await fetch(receipt.certificate_url)).arrayBuffer()));
  execFileSync("pdftoppm", ["-r", PRINT_DPI, "-png", pdf, join(folder, "photo")]);
  // The code stands on the last page.
  const photo = join(folder, readdirSync(folder).filter((name) => name.startsWith("photo-")).sort().at(-1));
  const qrText = execFileSync("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", photo], { encoding: "utf8" }).trim();
  return { pdf, photo, qrText };
}

describe("checking a certificate", () => {
  let demo;
  let browser;
  let folder;
  let person;
  let receipt;
  let pdf;
  let photo;
  let qrText;
  onStage((stage) => ({ demo, browser } = stage));
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ikrar-verify-"));
    person = demo.somebody();
    receipt = await signByApi(demo.url, person);
    ({ pdf, photo, qrText } = await printed(receipt, folder));
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function verdictOf(page) {
    await page.waitForSelector("#results [data-slot=tone]");
    await page.waitForFunction(() => document.getElementById("working").hidden);
    return page.locator("#results [data-slot=tone]").getAttribute("class");
  }

  for (const [name, size] of SIZES) {
    test(`the QR code opens the page with a green verdict on a ${name}`, async () => {
      const page = await openPage(browser, size);
      assert.ok(qrText.startsWith(`${demo.url}/v#`), qrText);
      await page.goto(qrText);
      assert.match(await verdictOf(page), /notice--ok/);
      assert.ok((await page.locator("#results").innerText()).includes(person.name));
      assert.equal(new URL(page.url()).hash, "");
      await closePage(page);
    });

    test(`one changed digit turns it red on a ${name}`, async () => {
      const page = await openPage(browser, size);
      const start = qrText.indexOf("#") + 1;
      for (const at of [start + 60, start + 200, qrText.length - 30]) {
        await page.goto("about:blank");
        await page.goto(changedDigit(qrText, at));
        assert.doesNotMatch(await verdictOf(page), /notice--ok/, `digit ${at - start}`);
      }
      await closePage(page);
    });
  }

  test("the signature is checked without a network, and the page says what wasn't", async () => {
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/v`);
    await page.waitForLoadState("networkidle");
    await page.context().setOffline(true);
    await page.evaluate((hash) => { location.hash = hash; }, qrText.slice(qrText.indexOf("#")));
    assert.match(await verdictOf(page), /notice--ok/);
    assert.ok((await page.locator("#results .checks__warn").count()) > 0);
    await closePage(page);
  });

  test("a browser that doesn't know Ed25519 comes to the same verdict", async () => {
    const page = await openPage(browser, PHONE);
    await page.addInitScript(() => {
      if (!crypto.subtle) return;
      const known = crypto.subtle.importKey.bind(crypto.subtle);
      crypto.subtle.importKey = (format, key, algorithm, ...rest) =>
        (algorithm.name || algorithm) === "Ed25519"
          ? Promise.reject(new DOMException("unknown", "NotSupportedError"))
          : known(format, key, algorithm, ...rest);
    });
    await page.goto(qrText);
    assert.match(await verdictOf(page), /notice--ok/);
    await page.goto("about:blank");
    await page.goto(changedDigit(qrText, qrText.length - 30));
    assert.doesNotMatch(await verdictOf(page), /notice--ok/);
    await closePage(page);
  });

  test("a page without TLS, where the browser lends no cryptography, comes to the same verdict", async () => {
    const page = await openPage(browser, PHONE);
    await page.addInitScript(() => {
      const getRandomValues = crypto.getRandomValues.bind(crypto);
      Object.defineProperty(globalThis, "crypto", { value: { getRandomValues } });
    });
    await page.goto(qrText);
    assert.match(await verdictOf(page), /notice--ok/);
    assert.ok((await page.locator("#results [data-slot=clauses] li").count()) > 0);
    await page.goto("about:blank");
    await page.goto(changedDigit(qrText, qrText.length - 30));
    assert.doesNotMatch(await verdictOf(page), /notice--ok/);
    await closePage(page);
  });

  test("a photo of the print is read", async () => {
    const page = await openPage(browser, PHONE);
    await page.goto(`${demo.url}/v`);
    await page.setInputFiles("#file", photo);
    assert.match(await verdictOf(page), /notice--ok/);
    await closePage(page);
  });

  /** What has to be compared is seen at once: nobody has scrolled, and the screen is as small as they get. */
  async function assertSeenAtOnce(page, headline) {
    assert.equal(await page.locator("#results [data-slot=headline]").innerText(), headline);
    const who = (await page.locator("#results [data-slot=who] dd").allInnerTexts()).map((text) => text.trim());
    assert.equal(who.length, 3);
    assert.equal(who[0], person.name);
    assert.ok(who[1].endsWith(person.identifier.slice(-4)), who[1]);
    assert.ok((await page.locator("#results [data-slot=compare]").innerText()).endsWith("Jika berbeda, berkas itu tidak benar."));
    const shown = page.locator("#results [data-slot=headline], #results [data-slot=who] dd, #results [data-slot=compare]");
    assert.equal(await shown.count(), 5);
    await page.waitForFunction(() => scrollY === Math.round(scrollY));
    for (const box of await shown.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()))) {
      assert.ok(box.top >= 0 && box.bottom <= SMALLEST.height && box.right <= SMALLEST.width, JSON.stringify(box));
    }
  }

  for (const connected of [true, false]) {
    test(`after a scan the person is seen at once, and it is plain green (network: ${connected})`, async () => {
      const page = await openPage(browser, SMALLEST);
      if (!connected) await page.route("**/c/*.json", (route) => route.abort());
      await page.goto(qrText);
      assert.match(await verdictOf(page), /notice--ok/);
      if (connected) await page.waitForSelector("#results [data-slot=clauses] li", { state: "attached" });
      await assertSeenAtOnce(page, connected ? "Asli dan tercatat" : "Asli");
      const amber = await page.locator("#results .checks__warn").count();
      assert.equal(amber, connected ? 0 : 1, "only what wasn't checked for want of a network is amber");
      await closePage(page);
    });
  }

  test("a credential that the records hold otherwise isn't green, although its signature is genuine", async () => {
    const page = await openPage(browser, PHONE);
    await page.route("**/c/*.json", async (route) => {
      const answer = await route.fetch();
      const status = await answer.json();
      assert.equal(status.credential, receipt.credential);
      await route.fulfill({ response: answer, json: { ...status, credential: `A${status.credential.slice(1)}` } });
    });
    await page.goto(qrText);
    await page.waitForSelector("#results .notice--bad");
    await closePage(page);
  });

  for (const javaScriptEnabled of [true, false]) {
    /** Hands a file in and waits for its verdict. */
    async function handedIn(page, file) {
      await page.goto(`${demo.url}/v`);
      await page.setInputFiles("#file", file);
      if (!javaScriptEnabled) await page.click("#file-form button");
      await page.waitForSelector("#results [data-slot=tone]");
      if (javaScriptEnabled) await page.waitForFunction(() => document.getElementById("working").hidden);
      return page.locator("#results [data-slot=tone]").getAttribute("class");
    }

    test(`after a PDF the person is seen at once, and it is green: the seal covers it (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, SMALLEST, { javaScriptEnabled });
      assert.match(await handedIn(page, pdf), /notice--ok/);
      await assertSeenAtOnce(page, "Asli dan tercatat");
      assert.equal(await page.locator("#results .checks__warn").count(), 0);
      assert.match(await page.locator("#results .checks__ok").last().innerText(), /Halaman PDF sama/);
      await closePage(page);
    });

    test(`a PDF with a changed byte isn't green (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, DESK, { javaScriptEnabled });
      const changed = readFileSync(pdf);
      changed[changed.length >> 1] ^= 1;
      const file = join(folder, "changed.pdf");
      writeFileSync(file, changed);
      assert.doesNotMatch(await handedIn(page, file), /notice--ok/);
      assert.ok(!(await page.locator("#results [data-slot=copy]").isVisible()));
      await closePage(page);
    });

    test(`a PDF to which a note was added is amber, says so, and leads to what was issued (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, PHONE, { javaScriptEnabled });
      const note = "\n900 0 obj<</Type/Annot/Subtype/Highlight/Rect[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
      const file = join(folder, "extended.pdf");
      writeFileSync(file, Buffer.concat([readFileSync(pdf), Buffer.from(note)]));
      assert.match(await handedIn(page, file), /notice--warn/);
      assert.deepEqual(await page.locator("#results [data-slot=additions] li").allInnerTexts(), ["Catatan atau coretan"]);
      assert.match(await page.locator("#results .checks__warn").innerText(), /Ada tambahan pada berkas ini/);
      assert.ok(!(await page.locator("#results [data-slot=copy]").isVisible()), "a copy is offered below green only");
      const link = page.locator("#results [data-slot=original]");
      if (javaScriptEnabled) {
        const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
        assert.deepEqual(readFileSync(await download.path()), readFileSync(pdf));
      } else {
        assert.equal(new URL(await link.getAttribute("href"), demo.url).href, receipt.certificate_url);
      }
      await assertFits(page);
      await closePage(page);
    });

    test(`below a green verdict the certificate can be seen, marked as a copy (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, PHONE, { javaScriptEnabled });
      assert.match(await handedIn(page, pdf), /notice--ok/);
      const [copy] = await Promise.all([page.context().waitForEvent("page"), page.click("#results [data-slot=copy]")]);
      await copy.waitForLoadState("networkidle");
      assert.ok((await copy.locator("figure svg").innerHTML()).includes("SALINAN PEMERIKSAAN"));
      assert.ok((await copy.locator("figure svg").textContent()).includes(person.name.split(" ")[0]));
      await assertFits(copy);
      if (javaScriptEnabled) {
        assert.deepEqual(await accessibilityFaults(copy), []);
        // The faces of the certificate were loaded: no other would stand alike.
        const faces = await copy.evaluate(() => [...document.fonts].filter((face) => face.status === "loaded").map((face) => face.family));
        assert.deepEqual(new Set(faces.map((face) => face.replaceAll('"', ""))), new Set(["Copy Serif", "Copy Sans", "Copy Bold"]));
      }
      await closePage(page);
    });

    test(`a typed certificate number answers initials only (script: ${javaScriptEnabled})`, async () => {
      const page = await openPage(browser, PHONE, { javaScriptEnabled });
      await page.goto(`${demo.url}/v`);
      await page.fill("#serial", receipt.serial.toLowerCase());
      await page.click("#serial-form button");
      await page.waitForSelector("#results [data-slot=tone]");
      const shown = await page.locator("#results").innerText();
      assert.ok(!shown.includes(person.name), "a number alone doesn't show a name");
      await closePage(page);
    });
  }

  test("the credential in the address reaches no server", async () => {
    const page = await openPage(browser, PHONE);
    const sent = [];
    page.on("request", (request) => {
      // What stands behind `#` isn't part of a request (RFC 9110, section 7.1).
      sent.push([request.url().split("#")[0], request.postData() || "", request.headers().referer || ""].join(" "));
    });
    await page.goto(qrText);
    assert.match(await verdictOf(page), /notice--ok/);
    const digits = qrText.slice(qrText.indexOf("#") + 1);
    const credential = receipt.credential;
    assert.ok(sent.some((line) => line.includes(receipt.pledge_id)), "the status is asked for by the pledge's id");
    for (let at = 0; at + 20 <= digits.length; at += 10) {
      assert.ok(!sent.some((line) => line.includes(digits.slice(at, at + 20))), "digits were sent");
    }
    assert.ok(!sent.some((line) => line.includes(credential.slice(40, 80))), "the credential was sent");
    await closePage(page);
  });

  test("a file that isn't a certificate gets a plain answer", async () => {
    const page = await openPage(browser, PHONE);
    const other = join(folder, "other.pdf");
    writeFileSync(other, "%PDF-1.4 nothing of ours");
    await page.goto(`${demo.url}/v`);
    await page.setInputFiles("#file", other);
    assert.doesNotMatch(await verdictOf(page), /notice--ok/);
    await closePage(page);
  });
});

describe("a certificate of a key that somebody else may have", () => {
  let demo;
  let browser;
  let folder;
  onStage((stage) => ({ demo, browser } = stage), { demo: { participants: 60 } });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ikrar-verify-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("the page says what the interface says: genuine where the records hold it, unknown without a network", async () => {
    const person = demo.somebody();
    const receipt = await signByApi(demo.url, person);
    const { qrText } = await printed(receipt, folder);
    const page = await openPage(browser, PHONE);
    const key = JSON.parse(demo.run("keys", "list", "--json")).find((one) => one.role === "credential" && one.in_use);
    demo.run("keys", "compromised", key.kid);
    const known = async () => (await (await fetch(`${demo.url}/.well-known/jwks.json`)).json())["ikrar:compromised"];
    for (let looks = 0; !(await known()); looks += 1) {
      assert.ok(looks < 600, "the node never read the keyring again");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const verdict = async () => {
      await page.waitForSelector("#results [data-slot=tone]");
      await page.waitForFunction(() => document.getElementById("working").hidden);
      return page.locator("#results [data-slot=headline]").innerText();
    };
    const body = JSON.stringify({ text: qrText });
    const headers = { "content-type": "application/json" };
    const told = await (await fetch(`${demo.url}/api/v1/verify`, { method: "POST", headers, body })).json();
    assert.deepEqual([told.verdict, told.revocation], ["valid", "checked"]);
    await page.goto(qrText);
    assert.equal(await verdict(), "Asli dan tercatat");
    assert.ok((await page.locator("#results").innerText()).includes(person.name));

    await page.goto(`${demo.url}/v`);
    await page.waitForLoadState("networkidle");
    await page.context().setOffline(true);
    await page.evaluate((hash) => { location.hash = hash; }, qrText.slice(qrText.indexOf("#")));
    assert.equal(await verdict(), "Penerbit tidak dikenal");
    assert.ok(!(await page.locator("#results").innerText()).includes(person.name));
    await closePage(page);
  });
});
