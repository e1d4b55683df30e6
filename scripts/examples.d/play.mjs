// Plays the examples to a program: node play.mjs PROGRAM DATA-DIR EXAMPLES [--update].
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Program, endAll } from "../replay.d/program.mjs";
import { StandIns } from "./standins.mjs";

const [path, dataDir, file, mode] = process.argv.slice(2);
const patience = 60;

const examples = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const replies = new Map();
const program = new Program(
  path, ["--data-dir", dataDir, "--fixed-now", "2026-03-12T09:00:00Z", "--bcrypt-cost", "10", "--till", "Counter 1", "--log-level", "error"],
  ({ line }) => {
    const reply = JSON.parse(Buffer.from(line, "latin1").toString());
    if (reply.id !== undefined) replies.set(reply.id, reply);
  });

async function call(id, method, params) {
  replies.delete(id);
  program.send(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  if (!(await program.until(() => replies.has(id), patience))) throw new Error(`${method}: no reply; ${program.said}`);
  return replies.get(id);
}

async function untilReady() {
  while ((await call("status", "system.status", {})).result.database !== "ready") {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What stands in the document of a result that is the document itself. */
function abridged(method, result) {
  return method === "rpc.discover" ? { openrpc: result.openrpc, info: result.info, methods: [] } : result;
}

/** Where two results begin to differ, one member a line. */
function difference(expected, got) {
  const [left, right] = [expected, got].map((value) => JSON.stringify(value, null, 1).split("\n"));
  const at = right.findIndex((line, number) => line !== left[number]);
  return `expected ${left[at]?.trim()}, got ${right[at]?.trim()}`;
}

const standIns = new StandIns(dataDir);
const problems = [];
try {
  await untilReady();
  for (const [index, example] of examples.entries()) {
    const { name, method, params } = example;
    const reply = await call(index, method, standIns.actual(params));
    if (reply.error) throw new Error(`${method}, ${name}: ${JSON.stringify(reply.error)}`);
    const result = standIns.shown(abridged(method, reply.result));
    if (mode === "--update") example.result = result;
    else if (!isDeepStrictEqual(result, example.result)) {
      problems.push(`${method}, ${name}: ${difference(example.result, result)}`);
    }
  }
  const end = await program.close(patience);
  if (end.problem) problems.push(`the process ${end.problem}: ${program.said}`);
} catch (error) {
  problems.push(error.message);
} finally {
  await endAll();
}
if (mode === "--update" && !problems.length) writeFileSync(file, examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
for (const problem of problems) console.log(`examples: ${problem}`);
if (!problems.length) console.log(`examples: ${examples.length} examples as they stand there`);
process.exitCode = problems.length ? 1 : 0;
