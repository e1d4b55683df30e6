// Plays one fixture in a shop of its own and collects what was not as expected.
import { readFileSync } from "node:fs";
import { difference, differences, refusal } from "./compare.mjs";
import { FixtureFault, action, request, startOptions, steps } from "./fixture.mjs";
import { valueAt, write } from "./json.mjs";
import { Program } from "./program.mjs";

/** How long the player waits for one thing, unless a line says `within`. */
const patience = 60;

export const firstNow = "2026-03-12T09:00:00Z";

export const programArguments = (dataDir, fixedNow, more = []) =>
  ["--data-dir", dataDir, "--fixed-now", fixedNow, "--bcrypt-cost", "10", "--till", "Counter 1", "--log-level", "error", ...more];

class Stop extends Error {}

class Play {
  constructor({ path, name, binary, dataDir }) {
    Object.assign(this, { path, name, binary, dataDir });
    this.captures = new Map([["dataDir", dataDir]]);
    this.expected = [];
    this.promised = new Set();
    this.lines = [];
    this.heard = [];
    this.forbidden = [];
    this.blamed = [];
    this.checked = 0;
  }

  /** What was not as expected, in the order of the lines. */
  get problems() {
    return this.blamed.slice().sort((one, other) => one.number - other.number).map(({ text }) => text);
  }

  blame({ number, method, id }, details) {
    const what = [method, id && `(id ${id})`].filter(Boolean).join(" ");
    const text = [`${this.name}:${number}${what && ` ${what}`}`, ...details.map((line) => `  ${line}`)].join("\n");
    this.blamed.push({ number, text });
  }

  hear({ line, message }) {
    this.lines.push(line);
    this.heard.push({ message, isTaken: false });
    if (!(message instanceof Map) || message.has("method")) return;
    const index = this.expected.findIndex(({ id }) => id === write(message.get("id")));
    if (index >= 0) this.judge(this.expected.splice(index, 1)[0], message);
  }

  judge(step, message) {
    const found = step.expect ? differences(step.expect, message).map(difference) : [];
    const missing = this.capture(step, message);
    this.checked += 1;
    if (found.length + missing.length) this.blame(step, [...found, ...missing, ...refusal(message)]);
  }

  /** Takes what a line captures; answers what was not there. */
  capture({ capture = new Map() }, message) {
    return [...capture].flatMap(([name, path]) => {
      const value = valueAt(message, path);
      if (value === undefined) return [`capture ${name}: there is no ${path}`];
      this.captures.set(name, value);
      return [];
    });
  }

  async start({ fixedNow = firstNow, args, oneByOne }) {
    if (this.program) await this.finish();
    this.oneByOne = oneByOne;
    this.program = new Program(this.binary, programArguments(this.dataDir, fixedNow, args), (heard) => this.hear(heard));
  }

  async needs(step) {
    for (const name of step.needs) {
      const isKnown = () => this.captures.has(name);
      if (isKnown()) continue;
      if (!this.promised.has(name)) throw new Stop(`needs \${${name}}, which no line before it captures`);
      const isLost = () => !this.expected.some(({ capture }) => capture?.has(name));
      await this.program.until(() => isKnown() || isLost(), patience);
      if (!isKnown()) throw new Stop(`needs \${${name}}, which was not captured`);
    }
  }

  async take(step) {
    await this.needs(step);
    const todo = { ...action(step, this.captures), number: step.number };
    if (todo.kind === "start") return this.start(startOptions(todo.subset));
    if (!this.program) await this.start({});
    if (todo.kind === "never") return this.forbidden.push(todo);
    if (todo.kind === "await") return this.meet(todo);
    if (this.oneByOne) await this.program.until(() => this.expected.length === 0, patience);
    for (const name of todo.capture?.keys() ?? []) {
      this.captures.delete(name);
      this.promised.add(name);
    }
    if (todo.expect || todo.capture) this.expected.push(todo);
    this.program.send(todo.bytes);
  }

  /** Waits for a message that was not met before. */
  async meet(step) {
    const find = () => this.heard.find(({ message, isTaken }) => !isTaken && differences(step.subset, message).length === 0);
    await this.program.until(find, step.seconds ?? patience);
    const found = find();
    this.checked += 1;
    if (!found) {
      const others = this.heard.filter(({ message, isTaken }) => !isTaken && message?.get?.("method") === "$/event").slice(-5);
      throw new Stop([`no message came like ${write(step.subset)}`, ...others.map(({ message }) => `there was ${write(message)}`)].join("\n  "));
    }
    found.isTaken = true;
    const missing = this.capture(step, found.message);
    if (missing.length) this.blame(step, missing);
    for (const name of step.capture?.keys() ?? []) this.promised.add(name);
  }

  /** Lets the process answer and end. */
  async finish() {
    const { program } = this;
    this.program = undefined;
    const { problem } = await program.close(patience);
    for (const step of this.expected.splice(0)) this.blame(step, ["no reply came"]);
    if (problem) this.died = [`${this.name}: the process ${problem}`, program.said.trimEnd()].filter(Boolean).join("\n");
  }

  checkForbidden() {
    for (const step of this.forbidden) {
      this.checked += 1;
      const found = this.heard.filter(({ message }) => differences(step.subset, message).length === 0);
      if (found.length) this.blame(step, found.map(({ message }) => `must not come: ${write(message)}`));
    }
  }

  async run() {
    for (const step of steps(readFileSync(this.path))) {
      if (this.died) break;
      try {
        await this.take(step);
      } catch (error) {
        if (!(error instanceof Stop || error instanceof FixtureFault)) throw error;
        this.blame({ ...request(step.text), number: step.number }, [error.message, "the lines from here on were not played"]);
        break;
      }
    }
    if (!this.program && !this.died) await this.start({});
    if (this.program) await this.finish();
    this.checkForbidden();
  }
}

/** Plays `{path, name, binary, dataDir}`; answers what came, what was wrong and how much was looked at: `{lines, problems, died, checked}`. */
export async function play(fixture) {
  const played = new Play(fixture);
  await played.run();
  return played;
}
