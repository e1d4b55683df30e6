// One run of the program: its pipes, its end, its last words.
import { spawn } from "node:child_process";
import { LineSplitter } from "./lines.js";

/** A log line beyond this is passed on cut off. */
const LONGEST_LOG_LINE = 1 << 20;
const LAST_WORDS = 20;
/** How long the pipes of a process that has ended may still hold something back, in milliseconds. */
const PIPES_PATIENCE = 1000;
/** How long a process with a broken pipe may take to end by itself, in milliseconds. */
const BROKEN_PATIENCE = 5000;
/** Settled: what is to come after it comes at the end of the turn. */
const turn = Promise.resolve();

export class Child {
  #process;
  #waiting = "";
  #isCorked = false;
  #uncork = () => {
    this.#isCorked = false;
    this.#flush();
  };
  #isFull = false;
  #isEnding = false;
  #isGone = false;
  #words = [];
  #timer = null;

  /**
   * @param program {command, args, env}
   * @param owner onMessage(message), onLog(line), onDrain(), onGone({status, signal, error, lastWords})
   */
  constructor({ command, args, env }, owner) {
    this.owner = owner;
    // A process group of its own: Ctrl-C in a terminal is for the app, which then closes the program in order.
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env, detached: true, windowsHide: true });
    this.#process.on("error", (error) => {
      if (this.#process.pid === undefined) this.#finish({ error });
    });
    this.#listen();
  }

  get pid() {
    return this.#process.pid;
  }

  /** True while the pipe takes no more: `onDrain` tells when it does again. */
  get isFull() {
    return this.#isFull;
  }

  /** Writes a line. The first of a turn of the event loop goes out at once, the others of that turn together behind it. */
  write(line) {
    this.#waiting += `${line}\n`;
    if (this.#isCorked) return;
    this.#flush();
    this.#isCorked = true;
    turn.then(this.#uncork);
  }

  /** Closes stdin: the process answers what it has accepted and ends. */
  end() {
    this.#flush();
    this.#isEnding = true;
    this.#process.stdin.end();
  }

  kill(signal) {
    this.#process.kill(signal);
  }

  #flush() {
    const text = this.#waiting;
    if (text === "" || this.#isEnding || this.#isGone) return;
    this.#waiting = "";
    if (!this.#process.stdin.write(text)) this.#isFull = true;
  }

  #listen() {
    const { stdin, stdout, stderr } = this.#process;
    const messages = new LineSplitter((line) => this.#read(line));
    stdout.on("data", (chunk) => messages.push(chunk));
    const log = new LineSplitter((line) => this.#note(line), LONGEST_LOG_LINE);
    stderr.on("data", (chunk) => log.push(chunk));
    stderr.on("end", () => log.end());
    stdin.on("drain", () => {
      this.#isFull = false;
      this.owner?.onDrain();
    });
    for (const stream of [stdin, stdout, stderr]) stream.on("error", () => {});
    stdin.on("close", () => this.#expectEnd());
    stdout.on("close", () => this.#expectEnd());
    this.#process.on("exit", (status, signal) => this.#collect({ status, signal }));
  }

  #read(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#note(line);
    }
    this.owner?.onMessage(message);
  }

  #note(line) {
    this.#words.push(line);
    if (this.#words.length > LAST_WORDS) this.#words.shift();
    this.owner?.onLog(line);
  }

  /** A process that has lost a pipe without being asked to end is of no more use. */
  #expectEnd() {
    if (this.#isEnding || this.#isGone || this.#timer) return;
    this.#timer = setTimeout(() => this.kill("SIGKILL"), BROKEN_PATIENCE);
  }

  /** The process is gone; what it last wrote may still lie in the pipes. */
  #collect(end) {
    this.#isGone = true;
    clearTimeout(this.#timer);
    const { stdout, stderr } = this.#process;
    // PostgreSQL may outlive the process and hold its stderr, which matters only where the process says why it gave up.
    const awaited = end.status ? [stdout, stderr] : [stdout];
    const open = awaited.filter((stream) => !stream.destroyed);
    const settle = () => {
      if (open.every((stream) => stream.destroyed)) this.#finish(end);
    };
    for (const stream of open) stream.once("close", settle);
    // Something else may hold an end of the pipe: it is not waited for.
    this.#timer = setTimeout(() => this.#finish(end), PIPES_PATIENCE);
    settle();
  }

  #finish(end) {
    if (!this.owner) return;
    const { owner } = this;
    this.owner = null;
    this.#isGone = true;
    clearTimeout(this.#timer);
    const { stdin, stdout, stderr } = this.#process;
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
    owner.onGone({ status: null, signal: null, error: null, ...end, lastWords: this.#words });
  }
}
