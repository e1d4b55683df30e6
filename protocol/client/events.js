// Events for everybody who is signed in, over the one subscription that a pipe has.
import { ShelflifeError } from "./errors.js";
import { Feed } from "./feed.js";

/** Told when they come to hold, and not kept in the books: `changes.since` does not know them. */
const CONDITIONS = new Set(["stock.low", "lot.expired", "backup.overdue"]);
/** Goes with every sale, and anybody may hear it: tells that there is something to look for. */
const HINT = "stock.changed";

/**
 * One session holds the pipe's subscription, an owner's if there is one, as the process tells it most. The others are told
 * what they may know by `changes.since`, which is asked in their name whenever the pipe says that something has happened.
 */
export class EventHub {
  #core;
  #feeds = new Map();
  /** What the process was last asked for in this run: {feed, types}; null for nothing. */
  #current = null;
  #subscribing = Promise.resolve();
  #changes = 0;

  /** @param core call(method, params, options, session) */
  constructor(core) {
    this.#core = core;
  }

  /** True while events may fall between two subscriptions: none is delivered, and all is looked up afterwards. */
  get isChanging() {
    return this.#changes > 0;
  }

  /** Resolves with the function that ends it, once nothing can be missed any more. */
  async subscribe(session, types, listener) {
    if (!Array.isArray(types) || types.length === 0) throw new TypeError("A subscription needs types of events.");
    if (typeof listener !== "function") throw new TypeError("A subscription needs a listener.");
    if (session.isEnded) throw ShelflifeError.own("session-lost", session.loss);
    let feed = this.#feeds.get(session);
    if (!feed) this.#feeds.set(session, (feed = new Feed(session, this, this.#core)));
    const entry = { types: new Set(types), listener };
    const stop = () => this.#stop(feed, entry);
    await feed.add(entry).catch((error) => {
      stop();
      throw error;
    });
    return stop;
  }

  /** A new run of the program knows of no subscription. */
  opened() {
    this.#current = null;
    for (const feed of this.#feeds.values()) feed.poke();
  }

  /** The session is over. */
  drop(session) {
    const feed = this.#feeds.get(session);
    if (!feed) return;
    this.#feeds.delete(session);
    feed.end();
    this.#replaceHolder(feed);
  }

  /** Nothing more is told to anybody. */
  end() {
    for (const feed of this.#feeds.values()) feed.end();
    this.#feeds.clear();
  }

  /** Takes a $/event. */
  take(event) {
    switch (event.type) {
      case "events.missed":
        return this.#pokeAll();
      case "events.ended":
        this.#current = null;
        return this.#pokeAll();
      case "shop.replaced":
        for (const feed of this.#feeds.values()) feed.shopReplaced(event);
        return undefined;
      default:
        return this.#share(event);
    }
  }

  /** The types that the pipe tells a feed. */
  typesTold(feed) {
    return this.#current?.feed === feed ? this.#current.types : [];
  }

  /** Sees to it that the process tells what is wanted now. */
  subscribed() {
    const done = this.#subscribing.then(() => this.#subscribe());
    this.#subscribing = done.catch(() => {});
    return done;
  }

  async #subscribe() {
    const wanted = this.#wanted();
    if (!wanted || this.#isCurrent(wanted)) return;
    this.#changes += 1;
    this.#current = wanted;
    try {
      await wanted.feed.ask("events.subscribe", { types: [...wanted.types] });
      for (const feed of this.#feeds.values()) feed.poke();
    } catch (error) {
      if (this.#current === wanted) this.#current = null;
      // Its session is over: somebody else's takes its place.
      if (!this.#feeds.has(wanted.feed.session)) return this.#subscribe();
      throw error;
    } finally {
      this.#changes -= 1;
      for (const feed of this.#feeds.values()) feed.settle();
    }
  }

  #wanted() {
    const feeds = [...this.#feeds.values()].filter((feed) => feed.hasListeners);
    if (feeds.length === 0) return null;
    const feed = feeds.find(({ session }) => session.user.role === "OWNER") ?? feeds[0];
    const types = new Set(feeds.length > 1 ? [HINT] : []);
    for (const other of feeds) for (const type of other.types) types.add(type);
    return { feed, types };
  }

  #isCurrent({ feed, types }) {
    return this.#current?.feed === feed && [...types].every((type) => this.#current.types.has(type));
  }

  #share(event) {
    const isCondition = CONDITIONS.has(event.type);
    for (const feed of this.#feeds.values()) {
      if (feed === this.#current?.feed) feed.take(event, isCondition);
      else if (isCondition) feed.take(event, true);
      else feed.poke();
    }
  }

  #pokeAll() {
    for (const feed of this.#feeds.values()) feed.poke();
  }

  #stop(feed, entry) {
    feed.remove(entry);
    if (!feed.isIdle || this.#feeds.get(feed.session) !== feed) return;
    this.#feeds.delete(feed.session);
    feed.end();
    if (this.#current?.feed === feed && this.#feeds.size === 0) {
      this.#current = null;
      feed.ask("events.subscribe", { types: [] }).catch(() => {});
    }
    this.#replaceHolder(feed);
  }

  #replaceHolder(feed) {
    if (this.#current?.feed !== feed) return;
    this.#current = null;
    this.#pokeAll();
  }
}
