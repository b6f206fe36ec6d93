// The program under test as a process: started with its own folder, its output read line by line, stopped and removed
// at the end.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const PROGRAM = process.env.IKRAR || join(ROOT, "target", "debug", "ikrar");
const READY_MS = 120_000;
const STOP_MS = 20_000;

/** Starts `ikrar` with these words and a fresh `--data` folder. */
export function startProgram(...words) {
  const folder = mkdtempSync(join(tmpdir(), "ikrar-browser-"));
  const data = join(folder, "data");
  const process_ = spawn(PROGRAM, [...words, "--data", data], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, RUST_LOG: "warn", LANG: "id_ID.UTF-8", LC_ALL: "" },
  });
  const said = [];
  const waiting = new Set();
  const exited = new Promise((done) => process_.once("exit", done));
  process_.stderr.on("data", (bytes) => said.push(bytes.toString()));
  createInterface({ input: process_.stdout }).on("line", (line) => {
    said.push(`${line}\n`);
    for (const look of waiting) look(line);
  });
  return {
    data,
    folder,
    output: () => said.join(""),
    /** The first line that matches, from now on. */
    line: (pattern) =>
      new Promise((found, failed) => {
        const refuse = (why) => failed(new Error(`${why}\n${said.join("")}`));
        const timer = setTimeout(() => refuse("the program wasn't ready in time"), READY_MS);
        const look = (line) => {
          const match = line.match(pattern);
          if (!match) return;
          clearTimeout(timer);
          waiting.delete(look);
          found(match);
        };
        waiting.add(look);
        process_.once("error", failed);
        process_.once("exit", (code) => {
          clearTimeout(timer);
          refuse(`the program ended with ${code}`);
        });
      }),
    /** Silent, as a server behind a network that has gone; every connection stays open. */
    freeze: () => process_.kill("SIGSTOP"),
    thaw: () => process_.kill("SIGCONT"),
    async stop() {
      process_.kill("SIGCONT");
      process_.kill("SIGTERM");
      const timer = setTimeout(() => process_.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs one command to its end, as a script would; answers what it printed. */
export function runProgram(...words) {
  return execFileSync(PROGRAM, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
