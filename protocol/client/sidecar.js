// Keeps one program running: starts it, shakes hands, starts it again after a crash, gives up, closes it in order.
import { Child } from "./child.js";
import { ShelflifeError } from "./errors.js";

const PROTOCOL_MAJOR = "1";
const HELLO_ID = "hello";
const START_TOKEN = "start";
/** How long a process that does not even say hello is waited for, in milliseconds. */
const HELLO_PATIENCE = 30_000;
/** A run that was ready for so long, in milliseconds, is no part of a series of crashes. */
const STEADY_AFTER = 10_000;
/** Bad usage, and a process that could not be set up: the next start would end the same way. */
const HOPELESS = new Set([64, 70]);

export const RESTART_DEFAULTS = { minDelayMs: 100, maxDelayMs: 10_000, limit: 5, windowMs: 60_000 };

export class Sidecar {
  #child = null;
  #isOpen = false;
  #readySince = null;
  #timer = null;
  #helloTimer = null;
  /** Moments of the exits since the program was last ready. */
  #exits = [];
  #series = 0;
  #progress = "";
  #closing = null;
  #onEnded = null;

  /**
   * @param options {program, client, restart}
   * @param owner onOpen(hello), onReady(hello), onMessage(message), onProgress(progress), onLog(line), onDrain(), onGone(end),
   *   onRestart({delayMs, attempt}), onGaveUp(error)
   */
  constructor(options, owner) {
    this.options = options;
    this.owner = owner;
    this.hello = null;
    this.failure = null;
    this.#start();
  }

  /** The process that takes calls now; null while there is none. */
  get child() {
    return this.#isOpen ? this.#child : null;
  }

  get pid() {
    return this.#child?.pid ?? null;
  }

  /** Ends the process: asks, insists after `patienceMs`, and kills it soon after that. Resolves once it is gone. */
  close(patienceMs) {
    this.#closing ??= this.#end(patienceMs);
    return this.#closing;
  }

  async #end(patienceMs) {
    clearTimeout(this.#timer);
    clearTimeout(this.#helloTimer);
    if (!this.#child) return;
    const child = this.#child;
    const ended = new Promise((resolve) => (this.#onEnded = resolve));
    child.end();
    const insist = setTimeout(() => child.kill("SIGTERM"), patienceMs);
    const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs * 1.5);
    await ended;
    clearTimeout(insist);
    clearTimeout(kill);
  }

  #start() {
    const child = new Child(this.options.program, {
      onMessage: (message) => this.#take(message),
      onLog: (line) => this.owner.onLog(line),
      onDrain: () => this.owner.onDrain(),
      onGone: (end) => this.#lost(end),
    });
    this.#child = child;
    this.#progress = "";
    const params = { client: this.options.client, progressToken: START_TOKEN };
    child.write(JSON.stringify({ jsonrpc: "2.0", id: HELLO_ID, method: "system.hello", params }));
    this.#helloTimer = setTimeout(() => child.kill("SIGKILL"), HELLO_PATIENCE);
  }

  #take(message) {
    if (message.id === HELLO_ID) return this.#greet(message);
    if (message.method === "$/progress" && message.params.token === START_TOKEN) return this.#tellStart(message.params);
    this.owner.onMessage(message);
  }

  #greet({ result, error }) {
    clearTimeout(this.#helloTimer);
    if (this.#closing) return;
    const version = String(result?.protocolVersion);
    if (version.split(".")[0] !== PROTOCOL_MAJOR) {
      const message = error ? error.message : `The program speaks protocol ${version}; this client needs ${PROTOCOL_MAJOR}.x.`;
      return this.#giveUp(ShelflifeError.own("protocol-mismatch", { message, details: { protocolVersion: version } }));
    }
    this.hello = result;
    this.#isOpen = true;
    this.owner.onOpen(result);
    if (result.database === "ready") this.#becomeReady();
  }

  #tellStart({ percentage, message }) {
    const progress = `${percentage} ${message}`;
    if (progress !== this.#progress) this.owner.onProgress({ percentage, message });
    this.#progress = progress;
    if (percentage === 100) this.#becomeReady();
  }

  #becomeReady() {
    if (this.#readySince !== null || !this.#isOpen) return;
    this.#readySince = Date.now();
    this.#exits = [];
    this.owner.onReady(this.hello);
  }

  #lost(end) {
    clearTimeout(this.#helloTimer);
    const wasReady = this.#readySince !== null;
    const wasReadyFor = wasReady ? Date.now() - this.#readySince : 0;
    this.#child = null;
    this.#isOpen = false;
    this.#readySince = null;
    this.owner.onGone({ ...end, wasReady });
    if (this.#closing || this.failure) return this.#onEnded?.();
    const isHopeless = HOPELESS.has(end.status) || ["ENOENT", "EACCES", "ENOEXEC"].includes(end.error?.code);
    if (isHopeless || this.#isLoop()) return this.#giveUp(gone(end));
    this.#series = wasReadyFor >= STEADY_AFTER ? 1 : this.#series + 1;
    const delayMs = this.#delay();
    this.owner.onRestart({ delayMs, attempt: this.#series });
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }

  #isLoop() {
    const { limit, windowMs } = this.options.restart;
    const now = Date.now();
    this.#exits = [...this.#exits.filter((at) => now - at < windowMs), now];
    return this.#exits.length >= limit;
  }

  /** Doubles with every crash of a series; shaken, so that several tills of one database do not come back in step. */
  #delay() {
    const { minDelayMs, maxDelayMs } = this.options.restart;
    const most = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(this.#series - 1, 30));
    return Math.round(most * (0.5 + Math.random() / 2));
  }

  #giveUp(failure) {
    this.failure = failure;
    this.#isOpen = false;
    this.#child?.end();
    this.owner.onGaveUp(failure);
  }
}

/** Says how the program ended, in its own words. */
function gone({ status, signal, error, lastWords }) {
  const how = error ? error.message : signal ? `ended by ${signal}` : `ended with status ${status}`;
  const words = lastWords.slice(-3).join("\n");
  const message = `The program ${error ? "could not be started" : "does not stay up"}: ${how}${words && `\n${words}`}`;
  return ShelflifeError.own("sidecar-gone", { message, details: { status, signal, lastWords }, cause: error ?? undefined });
}
