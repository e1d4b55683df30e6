// One call from the moment the app makes it until it is settled, over as many runs of the program as that takes.
import { randomUUID } from "node:crypto";
import { ShelflifeError } from "./errors.js";
import { guarded } from "./guarded.js";
import { READS, WRITES } from "./methods.js";
import { whyUnreadable } from "./lines.js";

/** How long the process may be late with its own deadline-exceeded, in milliseconds. */
const GRACE = 5000;
const LONGEST_TIMEOUT = 600_000;
const LONGEST_TIMER = 2 ** 31 - 1;

const ABOUT_THIS_TIME = new Set(["deadline-exceeded", "request-cancelled"]);
/** Answered before the key is looked up: they do not tell whether an earlier sending took effect. */
const SAYS_NOTHING = new Set([
  ...ABOUT_THIS_TIME,
  "invalid-token",
  "token-expired",
  "authorization-required",
  "database-unavailable",
  "restore-in-progress",
  "shutting-down",
  "disk-full",
  "internal-error",
]);

/** What the client sets itself: in params they would be there twice. */
const RESERVED = ["token", "timeoutMs", "progressToken", "idempotencyKey"];

export class Call {
  #body;
  #resolve;
  #reject;
  #timer = null;
  #onAbort = null;
  #isSettled = false;

  /**
   * @param options as the app gave them
   * @param timeout in milliseconds; null for none
   * @param session whose call it is, or null
   * @param place the queue that it stands in: aborted(call), expired(call), isOnItsWay(call)
   */
  constructor(method, params, options, timeout, session, place) {
    if (typeof method !== "string") throw new TypeError("A call needs the name of a method.");
    this.method = method;
    // Written down now: what the app does to the object later must not turn a repetition into another call.
    this.#body = params == null ? "{}" : written(params);
    this.place = place;
    this.session = session;
    this.token = options.token ?? null;
    this.onProgress = options.onProgress ? guarded(options.onProgress) : null;
    this.signal = options.signal ?? null;
    this.isWrite = WRITES.has(method);
    this.idempotencyKey = this.isWrite ? (options.idempotencyKey ?? randomUUID()) : null;
    this.timeout = timeout ? Math.min(timeout, LONGEST_TIMER) : null;
    this.deadline = this.timeout === null ? null : Date.now() + this.timeout;
    /** The order in which the app called. */
    this.number = 0;
    /** How often the program ended while the call was on its way. */
    this.losses = 0;
    /** How often of these it was ready, so that the call may have been the reason. */
    this.crashes = 0;
    /** How often it may, before the call is given up. */
    this.mostCrashes = Infinity;
    /** The token it was last sent with. */
    this.sentToken = null;
    /** Whether it may have taken effect: it was sent, and no answer says that it has not. */
    this.mayHaveHappened = false;
    this.retries = 0;
    this.retryUntil = null;
  }

  /** Reads change nothing, writes nothing twice. */
  get isRepeatable() {
    return this.isWrite || !this.hasEffect;
  }

  get hasEffect() {
    return !READS.has(this.method);
  }

  get isSettled() {
    return this.#isSettled;
  }

  get isAborted() {
    return this.signal?.aborted ?? false;
  }

  /** Listens to the signal. */
  promise() {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.signal) {
        this.#onAbort = () => this.place.aborted(this);
        this.signal.addEventListener("abort", this.#onAbort, { once: true });
      }
    });
  }

  startTimer() {
    this.#timer = setTimeout(() => this.#timeUp(), Math.max(0, this.deadline - Date.now()));
  }

  /** The line to send, or the code of the reason why the process could not answer it. */
  line(id, token, mostBytes) {
    let extras = "";
    if (token !== null) extras += `,"token":${JSON.stringify(token)}`;
    if (this.deadline !== null) extras += `,"timeoutMs":${this.#remaining()}`;
    if (this.onProgress) extras += `,"progressToken":${id}`;
    if (this.isWrite) extras += `,"idempotencyKey":${JSON.stringify(this.idempotencyKey)}`;
    const params = this.#body === "{}" ? `{${extras.slice(1)}}` : `${this.#body.slice(0, -1)}${extras}}`;
    const line = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(this.method)},"params":${params}}`;
    const why = whyUnreadable(line, mostBytes);
    return why ? { why } : { line };
  }

  resolve(result) {
    if (this.#settle()) this.#resolve(result);
  }

  reject(error) {
    if (this.#settle()) this.#reject(error);
  }

  wasLost(wasReady) {
    this.losses += 1;
    if (wasReady) this.crashes += 1;
  }

  /** Takes in what a refusal of the process says of the outcome. */
  learn(data) {
    const isOpen = data.code === "outcome-unknown" || (this.losses > 0 && SAYS_NOTHING.has(data.code));
    this.mayHaveHappened = this.hasEffect && isOpen;
  }

  /** Refuses with what the process answered. */
  refuseWith(data) {
    // What was cancelled or late was this repetition; what became of the call before the program ended is not known.
    if (this.mayHaveHappened && ABOUT_THIS_TIME.has(data.code)) this.refuse("outcome-unknown");
    else this.reject(new ShelflifeError(data, this));
  }

  /** Refuses with an error of the client's own. */
  refuse(code, { message, details, cause } = {}) {
    this.reject(ShelflifeError.own(code, { message, details, cause, call: this }));
  }

  /** Refuses as the client gives the call up itself, in the words of what that means for the shop. */
  giveUp() {
    if (this.mayHaveHappened && this.isWrite) this.refuse("outcome-unknown");
    else this.refuse(this.isAborted ? "request-cancelled" : "deadline-exceeded");
  }

  #remaining() {
    return Math.min(LONGEST_TIMEOUT, Math.max(1, this.deadline - Date.now()));
  }

  #timeUp() {
    // On its way: the process knows the deadline too and says what came of the call.
    if (this.place.isOnItsWay(this)) this.#timer = setTimeout(() => this.place.expired(this), GRACE);
    else this.place.expired(this);
  }

  #settle() {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#onAbort) this.signal.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

function written(params) {
  const reserved = RESERVED.find((name) => Object.hasOwn(params, name));
  if (reserved) throw new TypeError(`${reserved} is an option of the call, not one of its params.`);
  const text = JSON.stringify(params);
  if (text?.[0] !== "{") throw new TypeError("The params of a call are an object.");
  return text;
}
