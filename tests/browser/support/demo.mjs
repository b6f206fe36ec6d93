// A demo of its own for each test file: a fresh folder, a free port, stopped and removed at the end.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const PROGRAM = process.env.IKRAR || join(ROOT, "target", "debug", "ikrar");
const READY_MS = 120_000;
const STOP_MS = 20_000;

/** Starts `ikrar demo` and resolves when it answers. */
export async function startDemo({ participants = 200, args = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "ikrar-browser-"));
  const data = join(folder, "data");
  const process_ = spawn(
    PROGRAM,
    ["demo", "--participants", String(participants), "--data", data, "--listen", "127.0.0.1:0", ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, RUST_LOG: "warn", LANG: "id_ID.UTF-8", LC_ALL: "" } },
  );
  const said = [];
  process_.stderr.on("data", (bytes) => said.push(bytes.toString()));
  const exited = new Promise((done) => process_.once("exit", done));
  const url = await new Promise((ready, failed) => {
    const timer = setTimeout(() => failed(new Error(`the demo wasn't ready in time\n${said.join("")}`)), READY_MS);
    process_.once("error", failed);
    process_.once("exit", (code) => failed(new Error(`the demo ended with ${code}\n${said.join("")}`)));
    createInterface({ input: process_.stdout }).on("line", (line) => {
      said.push(`${line}\n`);
      const found = line.match(/^ready (\S+)$/);
      if (found) {
        clearTimeout(timer);
        ready(found[1]);
      }
    });
  });
  const people = readPeople(join(data, "demo-participants.csv"));
  let next = 0;
  return {
    url,
    data,
    people,
    output: () => said.join(""),
    /** Somebody whom no other test of this file has been given. */
    somebody: () => people[next++],
    password: () => readFileSync(join(data, "console-password.txt"), "utf8").match(/password: (\S+)/)[1],
    /** Runs another command of the program on the demo's folder, as a script would. */
    run: (...words) => execFileSync(PROGRAM, [...words, "--data", data, "--public-url", url], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
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

/** The list that the demo writes: `identifier,access_code,name,institution`, names quoted where they hold a comma. */
function readPeople(path) {
  const [, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const cells = Array.from(line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g), (cell) =>
      cell[1].startsWith('"') ? cell[1].slice(1, -1).replaceAll('""', '"') : cell[1],
    );
    return { identifier: cells[0], accessCode: cells[1], name: cells[2], institution: cells[3] };
  });
}

/** Signs through the API, as a program would; answers the receipt. */
export async function signByApi(url, person, slug = "sumsel") {
  const base = `${url}/api/v1/campaigns/${slug}`;
  const event = await (await fetch(base)).json();
  const session = await post(`${base}/sessions`, { identifier: person.identifier, access_code: person.accessCode });
  return post(
    `${base}/pledges`,
    { text_hash: event.text_hash, agreed: event.clauses.map((clause) => clause.id) },
    { authorization: `Bearer ${session.token}` },
  );
}

async function post(url, body, headers = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
