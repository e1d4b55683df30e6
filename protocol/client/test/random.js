// Chance that can be played again: the same seed gives the same numbers.

/** mulberry32. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A whole number below 2³². */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to below `end`. */
  upTo(end) {
    return Math.floor((this.next() / 2 ** 32) * end);
  }

  of(items) {
    return items[this.upTo(items.length)];
  }
}
