// What most test files begin and end with: their own demo, and a browser.
import { after, before } from "node:test";
import { startDemo } from "./demo.mjs";
import { launch } from "./chromium.mjs";

/** Hands `{ demo, browser }` to `take` before the first test of this `describe`, and stops both after the last. */
export function onStage(take, { demo: size = {}, flags = [] } = {}) {
  const stage = {};
  before(async () => {
    stage.demo = await startDemo(size);
    stage.browser = await launch(flags);
    take(stage);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.demo?.stop();
  });
}
