// The events of one session: each once and in order, whatever gaps the pipe leaves.
import { ShelflifeError } from "./errors.js";
import { guarded } from "./guarded.js";

const EVENTS_PER_PAGE = 500;
const OWNERS = new Set(["stockIn.created", "user.changed", "backup.overdue"]);
/** What is told while something older is looked up; more of it is looked up too. */
const MOST_BUFFERED = 1000;
const PAUSE_AFTER_FAILURE = 1000;
/** Errors after which another try is of no use. */
const FINAL = new Set(["session-lost", "closed", "sidecar-gone", "invalid-token", "token-expired", "method-not-found"]);

export class Feed {
  #hub;
  #core;
  #entries = new Set();
  /** Listeners that are being added. */
  #adding = 0;
  /** Where to go on; null while nothing was asked for, or nothing of it is left. */
  #cursor = null;
  #work = Promise.resolve();
  /** Rounds of catching up that have not ended, one of which may not have begun. */
  #rounds = 0;
  #isQueued = false;
  /** Told by the pipe while something older may still be to come. */
  #buffer = [];
  /** Rises when another shop takes the place of this one. */
  #shop = 0;
  /** Delivered by catching up, and perhaps still to be told by the pipe; in order. */
  #seen = new Set();
  #timer = null;
  #isEnded = false;

  constructor(session, hub, core) {
    this.session = session;
    this.#hub = hub;
    this.#core = core;
  }

  get hasListeners() {
    return this.#entries.size > 0;
  }

  /** True while nobody listens or is about to. */
  get isIdle() {
    return this.#entries.size + this.#adding === 0;
  }

  get types() {
    return new Set([...this.#entries].flatMap(({ types }) => [...types]));
  }

  /** Calls as this session. */
  ask(method, params) {
    return this.#core.call(method, params, {}, this.session);
  }

  /** Adds a listener, which is told what happens from now on. */
  add(entry) {
    this.#adding += 1;
    return this.#round(async () => {
      // Up to here what the listeners before want; from here on what all want.
      if (!this.hasListeners) this.#cursor = null;
      await this.#catchUp();
      this.#entries.add(entry);
      await this.#hub.subscribed();
      await this.#catchUp();
    }).finally(() => (this.#adding -= 1));
  }

  remove(entry) {
    this.#entries.delete(entry);
  }

  /** Something may have happened: looks it up. */
  poke() {
    if (this.#isEnded || this.#isQueued) return;
    this.#isQueued = true;
    this.#round(async () => {
      this.#isQueued = false;
      if (!this.hasListeners) return;
      await this.#hub.subscribed();
      await this.#catchUp();
    }).catch((error) => this.#failed(error));
  }

  /** Takes an event that the pipe told. */
  take(event, isCondition) {
    if (!mayKnow(this.session.user, event)) return;
    if (this.#rounds === 0 && !this.#hub.isChanging) this.#takeNow(event, isCondition);
    else if (this.#buffer.length < MOST_BUFFERED || isCondition) this.#buffer.push([event, isCondition]);
    // It is in the books: the next look there finds it.
    else this.poke();
  }

  /** Nothing more is in the way of what the pipe tells, as far as others are concerned. */
  settle() {
    if (this.#rounds === 0 && !this.#hub.isChanging) this.#drain();
  }

  shopReplaced(event) {
    this.#shop += 1;
    this.#buffer = [];
    this.#seen.clear();
    this.#cursor = null;
    for (const { listener } of this.#entries) guarded(listener)(event);
  }

  end() {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#entries.clear();
    this.#buffer = [];
    this.#seen.clear();
  }

  /** One thing after the other; what the pipe told meanwhile comes behind the last. */
  #round(job) {
    this.#rounds += 1;
    const done = this.#work.then(async () => {
      try {
        if (this.#isEnded) throw ShelflifeError.own("session-lost", this.session.loss ?? {});
        return await job();
      } finally {
        this.#rounds -= 1;
        this.settle();
      }
    });
    this.#work = done.catch(() => {});
    return done;
  }

  #drain() {
    const buffer = this.#buffer;
    this.#buffer = [];
    for (const [event, isCondition] of buffer) this.#takeNow(event, isCondition);
  }

  #takeNow(event, isCondition) {
    if (!isCondition) {
      if (this.#wasSeen(event.cursor)) return;
      this.#cursor = event.cursor;
    }
    this.#deliver(event);
  }

  /** The pipe tells in order: with one that is not known, all that is known has gone by. */
  #wasSeen(cursor) {
    if (this.#seen.size === 0) return false;
    if (this.#seen.has(cursor)) return true;
    this.#seen.clear();
    return false;
  }

  #deliver(event) {
    for (const { types, listener } of this.#entries) {
      if (types.has(event.type)) guarded(listener)(event);
    }
  }

  async #catchUp() {
    if (this.#cursor === null) {
      this.#cursor = (await this.ask("changes.since", { cursor: "now" })).cursor;
      return;
    }
    let hasMore = true;
    while (hasMore && !this.#isEnded) hasMore = await this.#readPage();
  }

  async #readPage() {
    const shop = this.#shop;
    // All that the pipe tells, wanted or not: what is known to have gone by must be known as a whole.
    const types = [...new Set([...this.types, ...this.#hub.typesTold(this)])];
    const page = await this.ask("changes.since", { cursor: this.#cursor, types, limit: EVENTS_PER_PAGE }).catch((error) => {
      if (error.code !== "changes-lost") throw error;
      if (shop === this.#shop) this.shopReplaced(replaced());
      return null;
    });
    if (shop !== this.#shop) {
      await this.#catchUp();
      return false;
    }
    for (const event of page.items) {
      this.#seen.add(event.cursor);
      this.#deliver(event);
    }
    this.#cursor = page.cursor;
    return page.nextCursor !== null;
  }

  #failed(error) {
    if (this.#isEnded || FINAL.has(error.code)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.poke(), PAUSE_AFTER_FAILURE);
  }
}

/** The process sees to it; this is for what it told of one session while another took its place. */
function mayKnow({ id, role }, { type, data }) {
  if (role === "OWNER") return true;
  return type === "sale.created" ? data.soldBy.id === id : !OWNERS.has(type);
}

function replaced() {
  return { type: "shop.replaced", at: new Date().toISOString(), cursor: null, data: {} };
}
