// The timers of calls. Nearly every call is answered long before its time is up, and a timer costs more than the rest of it.

/** So long a call goes without a timer of its own, in milliseconds. */
const COARSE = 100;

export class Deadlines {
  #fresh = [];
  #timer = null;

  /** Sees to it that a call learns when its time is up. */
  watch(call) {
    if (call.timeout < 2 * COARSE) return call.startTimer();
    this.#fresh.push(call);
    this.#timer ??= setTimeout(() => this.#look(), COARSE).unref();
  }

  #look() {
    this.#timer = null;
    const calls = this.#fresh;
    this.#fresh = [];
    for (const call of calls) if (!call.isSettled) call.startTimer();
  }
}
