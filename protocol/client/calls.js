// The calls that are not yet settled: in the queue, on their way, held back for a session, or waiting for another try.
import { Call } from "./call.js";
import { Deadlines } from "./deadlines.js";

/** How often the program may end under the same call before the call is taken for the reason. */
const MOST_CRASHES = 8;
/** The same for signing in again: it is on its way whenever the program has just started, and many calls wait for it. */
const MOST_CRASHES_OF_SIGN_IN = 100;
/** How long a call without a timeout is tried again, in milliseconds. */
const RETRY_PATIENCE = 60_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;
/** Refusals that pass by themselves, under which nothing has happened, or nothing that the key does not remember. */
const PASSING = new Set(["database-unavailable", "restore-in-progress", "shutting-down", "outcome-unknown"]);
const SESSION_ENDED = new Set(["invalid-token", "token-expired"]);

export class Calls {
  #queue = [];
  #onItsWay = new Map();
  #held = new Set();
  #paused = new Map();
  #most = 256;
  #mostBytes = 8 << 20;
  #lastNumber = 0;
  #lastId = 0;
  #deadlines = new Deadlines();
  /** Why no call is taken any more: {code, message, details, cause}. */
  #refusal = null;

  /** @param childNow () => the process that takes calls now, or null */
  constructor(childNow) {
    this.childNow = childNow;
  }

  /** A call that is to stand here. */
  make(method, params, options, timeout, session) {
    return new Call(method, params, options, timeout, session, this);
  }

  /** Takes a call up and answers its promise. One that is urgent goes ahead of those that wait. */
  submit(call, isUrgent = false) {
    const promise = call.promise();
    call.mostCrashes = isUrgent ? MOST_CRASHES_OF_SIGN_IN : MOST_CRASHES;
    call.number = ++this.#lastNumber;
    if (this.#refusal) call.refuse(this.#refusal.code, this.#refusal);
    else if (call.isAborted) call.giveUp();
    else if (isUrgent) this.#queue.unshift(call);
    else this.#queue.push(call);
    this.pump();
    if (call.timeout !== null && !call.isSettled) this.#deadlines.watch(call);
    return promise;
  }

  isOnItsWay(call) {
    return this.#onItsWay.get(call.id) === call;
  }

  get unsettled() {
    const waiting = [...this.#queue, ...this.#held].filter((call) => !call.isSettled);
    return waiting.length + this.#onItsWay.size + this.#paused.size;
  }

  /** A new run of the program takes calls. */
  opened(limits) {
    this.#most = limits.callsInFlight;
    this.#mostBytes = limits.lineBytes;
    this.pump();
  }

  /** Sends what may be sent. */
  pump() {
    const child = this.childNow();
    if (!child) return;
    while (this.#queue.length > 0 && this.#onItsWay.size < this.#most && !child.isFull) {
      const call = this.#queue.shift();
      if (call.isSettled) continue;
      if (call.session?.isLost) call.refuse("session-lost", call.session.loss);
      else if (call.session && !call.session.admits(call)) this.#held.add(call);
      else this.#send(call, child);
    }
  }

  answer(message) {
    const call = this.#onItsWay.get(message.id);
    if (!call) return;
    this.#onItsWay.delete(message.id);
    if (message.error) this.#refused(call, message.error.data);
    else call.resolve(message.result);
    if (this.#queue.length > 0) this.pump();
  }

  /** $/progress of a call; its token is the id of the request. */
  progress({ token, percentage, message }) {
    this.#onItsWay.get(token)?.onProgress?.({ percentage, message });
  }

  aborted(call) {
    if (this.isOnItsWay(call)) this.#cancel(call);
    else this.expired(call);
  }

  expired(call) {
    if (this.isOnItsWay(call)) this.#cancel(call);
    this.#forget(call);
    call.giveUp();
  }

  /** The program has ended: what it had not answered is sent again to the next one, as far as that is right. */
  lost({ wasReady }) {
    const sent = [...this.#onItsWay.values()];
    this.#onItsWay.clear();
    for (const call of sent) call.wasLost(wasReady);
    this.#queue = [...sent, ...this.#queue, ...this.#held].filter((call) => this.#staysAfterCrash(call));
    this.#held.clear();
    this.#queue.sort((one, other) => one.number - other.number);
  }

  /** Lets go of the calls that were held back for a session: it is signed in again, or has ended. */
  release(session) {
    const free = [...this.#held].filter((call) => call.session === session);
    for (const call of free) this.#held.delete(call);
    this.#queue = [...free, ...this.#queue].sort((one, other) => one.number - other.number);
    this.pump();
  }

  /** Takes no more calls, and drops those that were never sent. Those on their way may still be answered. */
  refuse(refusal) {
    this.#refusal ??= refusal;
    const dropped = [...this.#queue, ...this.#held, ...this.#paused.keys()];
    for (const timer of this.#paused.values()) clearTimeout(timer);
    this.#queue = [];
    this.#held.clear();
    this.#paused.clear();
    for (const call of dropped) call.refuse(refusal.code, refusal);
  }

  /** Drops what is left: no answer will come. */
  abandon(refusal) {
    this.refuse(refusal);
    const left = [...this.#onItsWay.values()];
    this.#onItsWay.clear();
    for (const call of left) call.refuse(refusal.code, refusal);
  }

  #send(call, child) {
    const id = ++this.#lastId;
    const token = call.session ? call.session.token : call.token;
    const { line, why } = call.line(id, token, this.#mostBytes);
    if (why) return call.refuse(why);
    call.id = id;
    call.sentToken = token;
    call.mayHaveHappened = call.hasEffect;
    this.#onItsWay.set(id, call);
    child.write(line);
  }

  #cancel(call) {
    this.childNow()?.write(JSON.stringify({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: call.id } }));
  }

  #forget(call) {
    if (this.isOnItsWay(call)) this.#onItsWay.delete(call.id);
    this.#held.delete(call);
    clearTimeout(this.#paused.get(call));
    this.#paused.delete(call);
  }

  #refused(call, data) {
    const { session } = call;
    if (session && SESSION_ENDED.has(data.code)) {
      if (session.outlives(call)) return this.#again(call);
      session.end({ details: { reason: data.code } });
    }
    call.learn(data);
    if (this.#mayPass(call, data)) return this.#pause(call);
    call.refuseWith(data);
  }

  #again(call) {
    this.#queue.unshift(call);
    this.pump();
  }

  #mayPass(call, data) {
    if (!PASSING.has(data.code) || !call.isRepeatable || call.isAborted || this.#refusal) return false;
    call.retryUntil ??= call.deadline ?? Date.now() + RETRY_PATIENCE;
    return Date.now() + pauseBefore(call) < call.retryUntil;
  }

  #pause(call) {
    const pause = pauseBefore(call);
    call.retries += 1;
    const resume = () => {
      this.#paused.delete(call);
      this.#again(call);
    };
    this.#paused.set(call, setTimeout(resume, pause));
  }

  #staysAfterCrash(call) {
    const wasSent = call.losses > 0;
    if (call.isSettled) return false;
    if (call.session?.isLost) call.refuse("session-lost", call.session.loss);
    else if (call.token !== null) call.refuse("session-lost");
    else if (wasSent && call.isAborted) call.giveUp();
    else if (wasSent && !call.isRepeatable) call.refuse("interrupted");
    else if (call.crashes >= call.mostCrashes) call.refuse("sidecar-gone", { message: underCall(call) });
    return !call.isSettled;
  }
}

function underCall(call) {
  return `The program ended ${call.crashes} times under this call, which is not tried again.`;
}

function pauseBefore(call) {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(call.retries, 10));
}
