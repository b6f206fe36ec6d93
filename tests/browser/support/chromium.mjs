// A headless Chromium for the tests: Debian's, with an empty profile, connecting only to the demo.
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const PROGRAM = process.env.CHROMIUM || "/usr/bin/chromium";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 800 };
export const SIZES = [
  ["phone", PHONE],
  ["desk", DESK],
];

/** `flags`: further words for its command line, such as a camera that plays a file. */
export function launch(flags = []) {
  return chromium.launch({
    executablePath: PROGRAM,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...flags,
    ],
  });
}

/** A page with nothing kept from before. What goes wrong in it is collected in `page.faults`. */
export async function openPage(browser, viewport, options = {}) {
  const context = await browser.newContext({
    viewport,
    locale: "id-ID",
    timezoneId: "Asia/Jakarta",
    isMobile: viewport.width < 600,
    hasTouch: viewport.width < 600,
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    // A refusal is an answer, not a fault of the page.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) page.faults.push(message.text());
  });
  return page;
}

export async function closePage(page) {
  await page.context().close();
  assert.deepEqual(page.faults, [], "the page reported faults");
}

/** Everything that axe-core finds wrong, as short lines. */
export async function accessibilityFaults(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
}

/** No page is wider than its screen. A phone's `innerWidth` grows with what doesn't fit, so it tells nothing. */
export async function assertFits(page) {
  const content = await page.evaluate(() => document.documentElement.scrollWidth);
  const screen = page.viewportSize().width;
  assert.ok(content <= screen, `${page.url()} is ${content} px wide on a screen of ${screen} px`);
}
