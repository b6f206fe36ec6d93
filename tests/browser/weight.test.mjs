// A cheap phone on a weak signal: what comes over the wire.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { closePage, openPage, PHONE } from "./support/chromium.mjs";
import { fillEntry, tickAll } from "./support/signer.mjs";
import { onStage } from "./support/stage.mjs";

const FIRST_PAGE_BYTES_MAX = 50 * 1024;
const FLOW_BYTES_MAX = 100 * 1024;

/** Counts every byte of every answer, headers included, as it came over the wire. */
async function meter(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const bytes = { total: 0 };
  session.on("Network.loadingFinished", (event) => {
    bytes.total += event.encodedDataLength;
  });
  return bytes;
}

describe("weight", () => {
  let demo;
  let browser;
  onStage((stage) => ({ demo, browser } = stage));

  for (const path of ["/", "/k/sumsel", "/k/sumsel/sign", "/v"]) {
    test(`${path} as a first page is light`, async () => {
      const page = await openPage(browser, PHONE);
      const bytes = await meter(page);
      const answer = await page.goto(demo.url + path, { waitUntil: "networkidle" });
      assert.equal(answer.status(), 200);
      assert.ok(bytes.total > 1_000 && bytes.total <= FIRST_PAGE_BYTES_MAX, `${path}: ${bytes.total} bytes`);
      await closePage(page);
    });
  }

  test("the whole way from the link to the receipt is light", async () => {
    const page = await openPage(browser, PHONE);
    const bytes = await meter(page);
    await page.goto(`${demo.url}/k/sumsel/sign`, { waitUntil: "networkidle" });
    await fillEntry(page, demo.somebody());
    await page.click("[data-go]");
    await page.waitForSelector("form[data-send=pledge]");
    await tickAll(page);
    await page.click("[data-go]");
    await page.waitForSelector(".receipt");
    await page.waitForLoadState("networkidle");
    assert.ok(bytes.total <= FLOW_BYTES_MAX, `${bytes.total} bytes`);
    await closePage(page);
  });
});
