// The process that is played to: what it is sent, what it said, and how it ended.
import { spawn } from "node:child_process";
import { tryParse } from "./json.mjs";

/** Every process that is still there, so that none outlives the player. */
const running = new Set();

export class Program {
  /** `hear` is called with each message from the process, `{line, message}`; the line holds its bytes as Latin-1. */
  constructor(path, args, hear) {
    this.child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.hear = hear;
    this.rest = "";
    this.said = "";
    this.waiting = new Set();
    running.add(this);
    this.child.stdout.setEncoding("latin1").on("data", (data) => this.#take(data));
    this.child.stderr.on("data", (data) => (this.said = (this.said + data).slice(-8_000)));
    // A pipe that breaks is told by the exit status.
    this.child.stdin.on("error", () => {});
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => this.#finish({ problem: error.message }, resolve));
      this.child.on("close", (status, signal) => this.#finish(signal ? { problem: `ended by ${signal}` } : { status }, resolve));
    });
  }

  #take(data) {
    const lines = (this.rest + data).split("\n");
    this.rest = lines.pop();
    for (const line of lines) this.hear({ line, message: tryParse(Buffer.from(line, "latin1").toString()) });
    this.#wake();
  }

  #finish(end, resolve) {
    running.delete(this);
    this.end ??= { ...end, problem: end.problem ?? (end.status === 0 ? undefined : `ended with status ${end.status}`) };
    resolve(this.end);
    this.#wake();
  }

  #wake() {
    for (const look of [...this.waiting]) look();
  }

  send(bytes) {
    this.child.stdin.write(bytes);
  }

  /** Waits until `isSo` holds; false once the process has ended or the seconds are over without it. */
  until(isSo, seconds) {
    return new Promise((resolve) => {
      const settle = (answer) => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(answer);
      };
      const look = () => {
        if (isSo()) settle(true);
        else if (this.end) settle(false);
      };
      const timer = setTimeout(() => settle(isSo()), seconds * 1_000);
      this.waiting.add(look);
      look();
    });
  }

  /** Closes its stdin and waits; what does not end by itself is ended. */
  async close(seconds) {
    this.child.stdin.end();
    const timer = setTimeout(() => {
      this.end = { problem: `was still there ${seconds} seconds after its stdin had ended` };
      this.child.kill("SIGKILL");
    }, seconds * 1_000);
    await this.ended;
    clearTimeout(timer);
    return this.end;
  }
}

/** Asks whatever still runs to end, and waits for it. */
export async function endAll() {
  for (const { child } of running) child.kill("SIGTERM");
  await Promise.all([...running].map(({ ended }) => ended));
}
