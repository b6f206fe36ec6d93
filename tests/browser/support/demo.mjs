// A demo for each test file: a new folder and a free port, stopped and removed at the end.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, startProgram } from "./program.mjs";

/** Starts `ikrar demo` and resolves when it answers. */
export async function startDemo({ participants = 200, args = [] } = {}) {
  const program = startProgram("demo", "--participants", String(participants), "--listen", "127.0.0.1:0", ...args);
  const [, url] = await program.line(/^ready (\S+)$/);
  const { data } = program;
  const people = readPeople(join(data, "demo-participants.csv"));
  let next = 0;
  return {
    ...program,
    url,
    people,
    /** Somebody whom no other test of this file has been given. */
    somebody: () => people[next++],
    password: () => readFileSync(join(data, "console-password.txt"), "utf8").match(/password: (\S+)/)[1],
    /** Runs another command of the program on the demo's folder. */
    run: (...words) => runProgram(...words, "--data", data, "--public-url", url),
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
