// Plays what --trace-file recorded in a new shop, with the values of this run in place of the recorded ones.
import { readFileSync } from "node:fs";
import { difference, refusal } from "./compare.mjs";
import { tryParse, valueAt, write } from "./json.mjs";
import { Likeness } from "./likeness.mjs";
import { firstNow, programArguments } from "./play.mjs";
import { Program } from "./program.mjs";

/** How long a recorded reply, and a recorded event, is waited for, in seconds. */
const patience = 60;
const patienceForEvents = 10;

/** `{number, kind, message, bytes, at}` of each recorded line; the kind is start, in or out. The last may have been cut off. */
function records(path) {
  return readFileSync(path, "utf8").split("\n").flatMap((line, index) => {
    const record = tryParse(line);
    if (!(record instanceof Map)) return [];
    const bytes = record.get("bytes");
    return [{
      number: index + 1,
      kind: record.get("direction"),
      message: record.get("line"),
      bytes: bytes && Number(bytes.text),
      at: record.get("at"),
    }];
  });
}

/** What messages have in common that answer the same: replies by id, batches by their ids, events by type. */
function key(message) {
  if (Array.isArray(message)) return message.map(key).join();
  if (message.get("method") === "$/event") return `event ${valueAt(message, "params.type")}`;
  return message.has("method") ? undefined : write(message.get("id") ?? null);
}

/** Each start of a process numbers its secrets anew, so that a password of a later run cannot be told from others: the first run. */
function firstRun(all) {
  const next = all.findIndex(({ kind }, index) => kind === "start" && index > 0);
  return next < 0 ? all : all.slice(0, next);
}

class Replay {
  constructor({ path, name, binary, dataDir }) {
    Object.assign(this, { name, binary, dataDir });
    const all = records(path);
    this.records = firstRun(all);
    this.leftOut = all.length - this.records.length;
    this.likeness = new Likeness(this.records.map(({ message }) => message));
    this.heard = new Map();
    this.methods = new Map();
    this.problems = [];
    this.replies = 0;
  }


  hear(message) {
    const name = message && key(message);
    if (name !== undefined) this.heard.set(name, [...(this.heard.get(name) ?? []), message]);
  }

  send({ message, bytes }) {
    if (message === undefined) return this.program.send(Buffer.concat([Buffer.alloc(bytes, "x"), Buffer.from("\n")]));
    for (const call of Array.isArray(message) ? message : [message]) {
      if (call instanceof Map) this.methods.set(write(call.get("id") ?? null), call.get("method"));
    }
    this.program.send(Buffer.from(`${write(this.likeness.now(message))}\n`));
  }

  async meet({ number, message }) {
    const name = key(this.likeness.now(message));
    if (name === undefined) return;
    const seconds = name.startsWith("event ") ? patienceForEvents : patience;
    await this.program.until(() => this.heard.get(name)?.length, seconds);
    const came = this.heard.get(name)?.shift();
    const method = this.methods.get(name);
    this.replies += 1;
    const found = came === undefined ? [`did not come again: ${write(message)}`] : this.judge(method, message, came);
    if (!found.length) return;
    const what = [method, name.startsWith("event ") ? name : `(id ${name})`].filter(Boolean).join(" ");
    this.problems.push([`${this.name}:${number} ${what}`, ...found.map((line) => `  ${line}`)].join("\n"));
  }

  judge(method, recorded, came) {
    // It tells of this moment and this machine.
    if (method === "system.status") return [];
    const found = this.likeness.differences(recorded, came).map(difference);
    return found.length ? [...found, ...refusal(came)] : [];
  }

  async run() {
    const { at = firstNow } = this.records[0] ?? {};
    this.program = new Program(this.binary, programArguments(this.dataDir, at), ({ message }) => this.hear(message));
    for (const record of this.records) {
      if (this.program.end?.problem) break;
      if (record.kind === "in") this.send(record);
      if (record.kind === "out") await this.meet(record);
    }
    const { problem } = await this.program.close(patience);
    if (problem) this.died = [`${this.name}: the process ${problem}`, this.program.said.trimEnd()].filter(Boolean).join("\n");
  }
}

/** Plays a recording; answers `{problems, died, summary}`. */
export async function playRecording(recording) {
  const replay = new Replay(recording);
  await replay.run();
  const { problems, died, replies, leftOut } = replay;
  const rest = leftOut ? `; ${leftOut} lines of later runs were left out` : "";
  return { problems, died, summary: `${replies} recorded messages came again${rest}` };
}
