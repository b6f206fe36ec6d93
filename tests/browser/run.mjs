// Runs every browser test, one file after the other: they share two cores with the server they test.
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort()
  .map((name) => join(here, name));

if (files.length === 0) {
  console.error("no browser test matches", wanted);
  process.exit(1);
}

let passed = 0;
let failed = 0;
run({ files, concurrency: 1, timeout: 8 * 60 * 1000 })
  .on("test:pass", (event) => {
    if (event.details.type !== "suite") passed += 1;
  })
  .on("test:fail", (event) => {
    if (event.details.type !== "suite") failed += 1;
    process.exitCode = 1;
  })
  .on("end", () => console.log(`\n${passed} passed, ${failed} failed`))
  .compose(new spec())
  .pipe(process.stdout);
