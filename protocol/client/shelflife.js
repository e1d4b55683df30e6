// The client: one program kept running, calls to it, and the people signed in.
import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import { Calls } from "./calls.js";
import { ShelflifeError } from "./errors.js";
import { EventHub } from "./events.js";
import { guarded } from "./guarded.js";
import { LONG } from "./methods.js";
import { Session } from "./session.js";
import { RESTART_DEFAULTS, Sidecar } from "./sidecar.js";

const DEFAULT_TIMEOUT = 60_000;
const CLOSE_PATIENCE = 10_000;
const PACKAGED = new URL("../../bin/shelflife", import.meta.url);
const CLIENT = { name: "@shelflife/client", version: "0.1.0" };

export class Shelflife extends EventEmitter {
  #sidecar;
  #calls;
  #sessions = new Set();
  #core;
  #timeout;
  #ready = deferred();
  #closing = null;

  constructor(options = {}) {
    super();
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT;
    this.#calls = new Calls(() => this.#sidecar?.child ?? null);
    this.#core = this.#makeCore();
    this.#sidecar = new Sidecar(
      {
        program: program(options),
        client: options.client ?? CLIENT,
        restart: { ...RESTART_DEFAULTS, ...options.restart },
      },
      this.#makeOwner(),
    );
  }

  /** Resolves with what system.hello answers once the database is ready; after a crash it is a new promise. */
  get ready() {
    return this.#ready.promise;
  }

  /** What the running program said of itself; null before it has. */
  get hello() {
    return this.#sidecar.hello;
  }

  /** The process; null while there is none. */
  get pid() {
    return this.#sidecar.pid;
  }

  /** Calls that are neither answered nor refused. */
  get unsettledCalls() {
    return this.#calls.unsettled;
  }

  /** Calls a method that needs nobody signed in, or with `token` in the options. */
  call(method, params, options = {}) {
    try {
      if (method === "auth.login" && params?.bind) throw new TypeError("A bound session would not outlive a crash: use signIn.");
      if (method === "system.shutdown") return this.close().then(() => ({}));
      return this.#core.call(method, params, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async signIn({ username, password, keepSignedIn = false }) {
    const answer = await this.call("auth.login", { username, password });
    const session = new Session(this.#core, answer, keepSignedIn ? { username, password } : null);
    this.#sessions.add(session);
    if (keepSignedIn) await session.learnLimits();
    return session;
  }

  /** Ends the program in order. Calls on their way are still answered; later ones are refused. */
  close({ timeout = CLOSE_PATIENCE } = {}) {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  /** Has Electron's `app` wait with its end until the program has ended. */
  quitWith(app) {
    let isClosed = false;
    let isClosing = false;
    // Not before-quit: a window may still refuse to close after it, and the app would go on without its backend.
    app.on("will-quit", (event) => {
      if (isClosed) return;
      event.preventDefault();
      if (isClosing) return;
      isClosing = true;
      this.close().finally(() => {
        isClosed = true;
        app.quit();
      });
    });
  }

  async #close(patience) {
    const refusal = { code: "closed" };
    this.#calls.refuse(refusal);
    await this.#sidecar.close(patience);
    this.#calls.abandon(refusal);
    this.#ready.reject(ShelflifeError.own("closed"));
    for (const session of this.#sessions) session.end({ details: { reason: "closed" } });
    this.#tell(this, "closed");
  }

  #makeOwner() {
    return {
      onOpen: ({ limits }) => {
        this.#calls.opened(limits);
        this.#core.events.opened();
      },
      onReady: (hello) => {
        this.#ready.resolve(hello);
        this.#tell(this, "ready", hello);
      },
      onMessage: (message) => this.#take(message),
      onProgress: (progress) => this.#tell(this, "progress", progress),
      onLog: (line) => this.#log(line),
      onDrain: () => this.#calls.pump(),
      onGone: (end) => this.#lost(end),
      onRestart: (plan) => this.#tell(this, "restart", plan),
      onGaveUp: (error) => this.#gaveUp(error),
    };
  }

  #makeCore() {
    const core = {
      /** `options.isUrgent` puts it ahead of what waits. */
      call: (method, params, options, session = null) => core.submit(core.makeCall(method, params, options, session), options.isUrgent),
      makeCall: (method, params, options, session) => {
        const timeout = options.timeout !== undefined || LONG.has(method) ? options.timeout : this.#timeout;
        return this.#calls.make(method, params, options, timeout, session);
      },
      submit: (call, isUrgent) => this.#calls.submit(call, isUrgent),
      release: (session) => this.#calls.release(session),
      forget: (session) => {
        this.#sessions.delete(session);
        core.events.drop(session);
      },
      tell: (emitter, ...event) => this.#tell(emitter, ...event),
    };
    core.events = new EventHub(core);
    return core;
  }

  #take(message) {
    if (message.method === "$/event") this.#core.events.take(message.params);
    else if (message.method === "$/progress") this.#calls.progress(message.params);
    else if (message.id !== undefined) this.#calls.answer(message);
  }

  #lost(end) {
    if (!this.#sidecar.failure) this.#ready.renew();
    for (const session of this.#sessions) session.gone();
    this.#calls.lost(end);
    const { status, signal, error } = end;
    if (!error) this.#tell(this, "exit", { status, signal });
  }

  #gaveUp(error) {
    const { code, message, details } = error;
    this.#calls.abandon({ code, message, details });
    this.#ready.reject(error);
    for (const session of this.#sessions) session.end({ details: { reason: code } });
    this.#tell(this, "gave-up", error);
  }

  #log(line) {
    if (this.listenerCount("log") === 0) return;
    this.#tell(this, "log", logEntry(line));
  }

  #tell(emitter, ...event) {
    guarded(() => emitter.emit(...event))();
  }
}

/** What is to be run, and its environment, through which secrets go: a command line can be read by everybody. */
function program({ command, args = [], dataDir, databaseUrl, env = {} }) {
  const inherited = { ...process.env };
  // One that happens to be there is another program's: a till must not begin to write into it.
  delete inherited.DATABASE_URL;
  return {
    command: command ?? process.env.SHELFLIFE_BIN ?? fileURLToPath(PACKAGED),
    args: dataDir === undefined ? args : [...args, "--data-dir", dataDir],
    env: { ...inherited, ...env, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
  };
}

function logEntry(line) {
  try {
    const entry = JSON.parse(line);
    if (typeof entry === "object" && entry !== null) return entry;
  } catch {
    // Not the process's own log: a usage error, or the last words of a crash.
  }
  return { level: "error", message: line, isRaw: true };
}

/** A promise that may be awaited by nobody, and that is renewed once it was kept. */
function deferred() {
  const state = {
    isSettled: false,
    make() {
      state.promise = new Promise((resolve, reject) => Object.assign(state, { keep: resolve, fail: reject }));
      state.promise.catch(() => {});
      state.isSettled = false;
    },
    resolve(value) {
      state.isSettled = true;
      state.keep(value);
    },
    reject(error) {
      if (state.isSettled) state.make();
      state.isSettled = true;
      state.fail(error);
    },
    renew() {
      if (state.isSettled) state.make();
    },
  };
  state.make();
  return state;
}
