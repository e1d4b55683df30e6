// The player behind scripts/replay: plays files, says on stderr what was not as expected, and ends with 0, 1, 64 or 70.
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { against, readLines } from "./golden.mjs";
import { masked } from "./masks.mjs";
import { play } from "./play.mjs";
import { endAll } from "./program.mjs";
import { playRecording } from "./recording.mjs";

const [binary, place, ...words] = process.argv.slice(2);
const mode = words[0]?.startsWith("--") ? words.shift() : "--compare";

const nameOf = (path) => relative("fixtures", path).replace(/^\.\..*/, path);
const replies = (count) => `${count} ${count === 1 ? "reply" : "replies"}`;

/** `{problems, died, summary}` of a fixture. */
async function playFixture(path, dataDir) {
  const name = nameOf(path);
  const played = await play({ path, name, binary, dataDir });
  const golden = path.replace(/\.ndjson$/, ".out.ndjson");
  const came = masked(played.lines);
  if (mode === "--update" && !played.died) {
    writeFileSync(golden, came.map((line) => `${line}\n`).join(""), "latin1");
    return { problems: played.problems, summary: `wrote ${replies(came.length)} to ${golden}` };
  }
  const { problems, died, checked } = played;
  if (!existsSync(golden)) return { problems, died, summary: `${checked} expectations met` };
  return { problems: [...problems, ...against(readLines(golden), came, path, name)], died, summary: `${replies(came.length)} as expected` };
}

async function playOne(path, index) {
  const dataDir = `${place}/${index}`;
  const work = mode === "--recording" ? playRecording({ path, name: path, binary, dataDir }) : playFixture(path, dataDir);
  const { problems, died, summary } = await work;
  const trouble = [...problems, ...(died ? [died] : [])];
  const last = trouble.length ? `${problems.length} not as expected` : summary;
  process.stderr.write([...trouble, `replay: ${nameOf(path)}: ${last}`].map((line) => `${line}\n`).join(""));
  return died ? 70 : problems.length ? 1 : 0;
}

/** Plays the files, a few at a time: most of a short fixture's time is the start of its shop. */
async function playAll(paths) {
  const waiting = [...paths.entries()];
  const statuses = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) statuses.push(await playOne(next[1], next[0]));
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return Math.max(...statuses);
}

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) {
  process.once(signal, () => endAll().finally(() => process.exit(status)));
}
process.exitCode = await playAll(words);
