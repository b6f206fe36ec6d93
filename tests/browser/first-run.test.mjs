// A new installation: the password that it writes down once opens the console, and has to be changed before anything else.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { closePage, DESK, launch, openPage } from "./support/chromium.mjs";
import { NEW_PASSWORD } from "./support/organizer.mjs";
import { startProgram } from "./support/program.mjs";

/** A port that nobody listened on a moment ago: a real service's address is settled before it starts. */
function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function answering(url) {
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the service doesn't answer");
}

describe("the first run", () => {
  let program;
  let browser;
  let url;
  let login;
  let password;
  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    program = startProgram("serve", "--listen", `127.0.0.1:${port}`, "--public-url", url);
    // No terminal reads along here, so the password stands in a file of its own.
    const [, named, file] = await program.line(/Nama akun: (\S+)\. Kata sandi sekali pakai ditulis ke (\S+)\. /);
    login = named;
    password = readFileSync(file, "utf8").match(/password: (\S+)/)[1];
    await answering(url);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await program?.stop();
  });

  async function logIn(page, secret) {
    await page.goto(`${url}/console`);
    await page.fill("#login", login);
    await page.fill("#password", secret);
    await page.click('form[action="/console/login"] > button');
  }

  test("the front page says that there is nothing yet, and leads on", async () => {
    const page = await openPage(browser, DESK);
    await page.goto(url);
    assert.match(await page.locator("main").innerText(), /tidak ada kegiatan/);
    await closePage(page);
  });

  test("the first password must be changed, and then isn't taken any more", async () => {
    const page = await openPage(browser, DESK);
    await logIn(page, password);
    await page.waitForSelector("#old");
    for (const room of ["", "/new", "/accounts", "/audit"]) {
      await page.goto(`${url}/console${room}`);
      await page.waitForSelector("#old");
    }
    for (const [again, what] of [["bukan yang ini 2027", "belum sama"], [password, "masih sama"]]) {
      await page.fill("#old", password);
      await page.fill("#new", what === "masih sama" ? password : NEW_PASSWORD);
      await page.fill("#again", again);
      await page.click('form[action="/console/password"] > button');
      await page.waitForSelector(".notice--bad");
      assert.match(await page.locator(".notice--bad").innerText(), new RegExp(what));
    }
    await page.fill("#old", password);
    await page.fill("#new", NEW_PASSWORD);
    await page.fill("#again", NEW_PASSWORD);
    await page.click('form[action="/console/password"] > button');
    await page.waitForSelector(".notice--ok");
    await closePage(page);

    const later = await openPage(browser, DESK);
    await logIn(later, password);
    await later.waitForSelector(".notice--bad");
    await logIn(later, NEW_PASSWORD);
    await later.waitForSelector(".desk__nav");
    await later.goto(`${url}/console/new`);
    for (const [slug, fits] of [["Pakta 2027", false], ["pakta-2027", true]]) {
      await later.fill("#slug", slug);
      assert.equal(await later.evaluate(() => document.getElementById("slug").validity.valid), fits, slug);
    }
    await closePage(later);
  });
});
