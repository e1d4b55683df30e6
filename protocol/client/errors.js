// The one error that calls are refused with, whoever refused them: the process, or this client.

/** What this client itself says, beside the codes of errors.md: code → [message, whether the same call can succeed later]. */
const OWN = {
  "sidecar-gone": ["The program does not run and is not started again.", false],
  "session-lost": ["The session is over; sign in again.", false],
  interrupted: ["The program ended under a call that is not repeated by itself.", false],
  closed: ["The client is closed.", false],
  "protocol-mismatch": ["The program speaks another version of the protocol.", false],
  // Codes of the process that the client uses in the same sense where the process cannot say them itself.
  "message-too-large": ["The call is longer than the process takes in one line.", false],
  "parse-error": ["The call holds what the process does not read as JSON.", false],
  "request-cancelled": ["The call was cancelled and changed nothing.", true],
  "deadline-exceeded": ["The call took longer than its timeout and changed nothing.", true],
  "outcome-unknown": ["No answer came in time; repeat the call with the same idempotency key.", true],
};

export class ShelflifeError extends Error {
  /**
   * @param data `error.data` of a reply, or the like
   * @param call what is known of the call: method, idempotencyKey, mayHaveHappened
   */
  constructor(data, call = {}, cause = undefined) {
    super(data.message, cause === undefined ? undefined : { cause });
    this.name = "ShelflifeError";
    this.code = data.code;
    this.details = data.details ?? null;
    this.retryable = data.retryable ?? false;
    this.method = call.method ?? null;
    /** The key of the write: call again under it, and nothing is done twice. Null for what is no write. */
    this.idempotencyKey = call.idempotencyKey ?? null;
    /** True where the call may have taken effect although this error says nothing about it. */
    this.mayHaveHappened = call.mayHaveHappened ?? false;
  }

  static is(error, code) {
    return error instanceof ShelflifeError && error.code === code;
  }

  /** One of the client's own. */
  static own(code, { message, details, call, cause } = {}) {
    const [text, retryable] = OWN[code];
    return new ShelflifeError({ code, message: message ?? text, details, retryable }, call, cause);
  }

  /** Plain data, for a channel that does not carry errors whole, such as Electron's IPC. */
  toJSON() {
    const { code, message, details, retryable, method, idempotencyKey, mayHaveHappened } = this;
    return { code, message, details, retryable, method, idempotencyKey, mayHaveHappened };
  }
}
