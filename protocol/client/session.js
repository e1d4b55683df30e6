// Somebody who is signed in, for as long as that lasts: their calls carry the token, which nobody else gets to see.
import { EventEmitter } from "node:events";
import { ShelflifeError } from "./errors.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Signing in again takes as long as the program needs to come back. */
const SIGN_IN = { isUrgent: true, timeout: null };

export class Session extends EventEmitter {
  #core;
  #token;
  /** Only with keepSignedIn. */
  #credentials;
  #isSigningIn = false;
  /** A change of the password that is under way: {call, newPassword}. */
  #change = null;
  #startedAt = performance.now();
  #usedAt = performance.now();
  #mostAge = Infinity;
  #mostIdle = Infinity;

  /** @param core what the client gives its sessions: call(...), submit(call, ...), release(session), forget(session), events */
  constructor(core, { token, user }, credentials) {
    super();
    this.#core = core;
    this.#token = token;
    this.#credentials = credentials;
    this.user = user;
    /** Why it is over, as an error of a call would say it; null while it lasts. */
    this.loss = null;
  }

  /** True once it is over. */
  get isEnded() {
    return this.loss !== null;
  }

  /** Calls a method as this user. */
  call(method, params, options = {}) {
    try {
      if (method === "events.subscribe") throw new TypeError("A pipe has one subscription: use subscribe of the session.");
      if (method === "auth.logout") return this.signOut().then(() => ({}));
      if (this.isEnded) throw ShelflifeError.own("session-lost", { ...this.loss, call: { method, ...options } });
      this.#usedAt = performance.now();
      if (method === "auth.changePassword") return this.#changePassword(params, options);
      return this.#core.call(method, params, options, this);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Has events told to a listener. Resolves once nothing can be missed any more, with the function that ends it. */
  subscribe(types, listener) {
    return this.#core.events.subscribe(this, types, listener);
  }

  /** Ends the session. Calls made before are still answered. */
  async signOut() {
    if (this.isEnded) return;
    const token = this.#token;
    this.end({ message: "The session was signed out.", details: { reason: "signed-out" } });
    if (token === null) return;
    try {
      await this.#core.call("auth.logout", {}, { token });
    } catch (error) {
      // Ended otherwise, or with the process: either way it is over.
      const isOver = ["session-lost", "invalid-token", "token-expired", "sidecar-gone", "closed"].includes(error.code);
      if (!isOver) throw error;
    } finally {
      this.#token = null;
    }
  }

  /** Learns how long a session of this shop may last, so that signing in again never makes it longer. */
  async learnLimits() {
    const { sessionMaxAgeHours, sessionIdleMinutes } = await this.call("store.get").catch(async (error) => {
      await this.signOut().catch(() => {});
      throw error;
    });
    this.#mostAge = sessionMaxAgeHours * HOUR;
    this.#mostIdle = sessionIdleMinutes * MINUTE;
  }

  // What follows is for the client's own modules.

  get token() {
    return this.#token;
  }

  /** True if no call of it can be sent any more. */
  get isLost() {
    return this.isEnded && this.#token === null;
  }

  /** Whether a call may be sent now; if not, sees to it that it may be later. */
  admits(call) {
    if (this.#token === null) this.#signInAgain();
    return this.#token !== null && (this.#change === null || this.#change.call === call);
  }

  /** Whether a call was refused only because it carried a token from before the session was renewed. */
  outlives(call) {
    return !this.isEnded && call.sentToken !== this.#token;
  }

  /** The process is gone, and the token with it. */
  gone() {
    this.#token = null;
    if (!this.#credentials) this.end({ details: { reason: "program-ended" } });
    else if (this.#isTooOld()) this.end({ details: { reason: "token-expired" } });
  }

  end(loss) {
    if (loss.details?.reason !== "signed-out") this.#token = null;
    if (this.isEnded) return;
    this.loss = loss;
    this.#credentials = null;
    this.#core.forget(this);
    this.#core.tell(this, "ended", ShelflifeError.own("session-lost", loss));
  }

  #isTooOld() {
    const now = performance.now();
    return now - this.#startedAt > this.#mostAge || now - this.#usedAt > this.#mostIdle;
  }

  async #signInAgain() {
    if (this.#isSigningIn || this.isEnded) return;
    this.#isSigningIn = true;
    try {
      const { token, user } = await this.#login();
      if (this.isEnded) return this.#drop(token);
      this.#token = token;
      this.user = user;
    } catch (error) {
      this.end({ details: { reason: error.code ?? "internal-error" }, cause: error });
    }
    this.#isSigningIn = false;
    this.#core.release(this);
  }

  /** Signed out while it was being renewed. */
  #drop(token) {
    this.#core.call("auth.logout", {}, { token }).catch(() => {});
  }

  async #login() {
    try {
      return await this.#core.call("auth.login", this.#credentials, SIGN_IN);
    } catch (error) {
      if (error.code !== "invalid-credentials" || this.#change === null) throw error;
    }
    // The change of the password had taken effect when the process ended.
    const { call, newPassword } = this.#change;
    const { username } = this.#credentials;
    const answer = await this.#core.call("auth.login", { username, password: newPassword }, SIGN_IN);
    this.#credentials = { username, password: newPassword };
    call.resolve({});
    return answer;
  }

  /** The process ends every session of a user whose password changes: with keepSignedIn this one goes on with the new one. */
  async #changePassword(params, options) {
    if (this.#change) throw new Error("The password of this session is being changed already.");
    const call = this.#core.makeCall("auth.changePassword", params, options, this);
    this.#change = { call, newPassword: params.newPassword };
    try {
      const result = await this.#core.submit(call);
      this.#passwordChanged(call, params.newPassword);
      return result;
    } finally {
      this.#change = null;
      this.#core.release(this);
    }
  }

  #passwordChanged(call, password) {
    if (!this.#credentials) return this.end({ details: { reason: "password-changed" } });
    this.#credentials = { username: this.#credentials.username, password };
    if (this.#token === call.sentToken) this.#token = null;
  }
}
