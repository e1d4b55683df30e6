// JSON as the wire writes it: a number keeps its digits however many there are, and a line can lose members without a change to the rest.

/** A number by its digits: two are equal when they are written alike. */
export class Digits {
  constructor(text) {
    this.text = text;
  }
}

const number = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const string = /"([^"\\]|\\.)*"/y;
const blank = /[ \t\r\n]*/y;

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw new SyntaxError(`no JSON at character ${this.at}`);
    this.at += found.length;
    return found;
  }

  /** Skips blanks, then `mark` if it stands here; says whether it did. */
  skips(mark) {
    this.take(blank);
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  demand(mark) {
    if (!this.skips(mark)) throw new SyntaxError(`no ${mark} at character ${this.at}`);
  }

  value() {
    if (this.skips("{")) return new Map(this.members().map(({ name, value }) => [name, value]));
    if (this.skips("[")) return this.elements();
    if (this.skips("true")) return true;
    if (this.skips("false")) return false;
    if (this.skips("null")) return null;
    return this.text[this.at] === '"' ? JSON.parse(this.take(string)) : new Digits(this.take(number));
  }

  /** What stands between braces, each member with its place in the text. */
  members() {
    const found = [];
    if (this.skips("}")) return found;
    do {
      this.take(blank);
      const start = this.at;
      const name = JSON.parse(this.take(string));
      this.demand(":");
      const value = this.value();
      found.push({ name, value, start, end: this.at });
    } while (this.skips(","));
    this.demand("}");
    return found;
  }

  elements() {
    const found = [];
    if (this.skips("]")) return found;
    do found.push(this.value());
    while (this.skips(","));
    this.demand("]");
    return found;
  }

  end() {
    this.take(blank);
    if (this.at < this.text.length) throw new SyntaxError(`something behind the JSON at character ${this.at}`);
  }
}

/** The value of a JSON text: objects as Map, numbers as Digits. Throws SyntaxError. */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/** The value, or undefined where the text is no JSON. */
export function tryParse(text) {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The text of an object without its members of these names; what stays is not rewritten. */
export function without(names, text) {
  const reader = new Reader(text);
  reader.demand("{");
  const kept = reader.members().filter(({ name }) => !names.includes(name));
  return `{${kept.map(({ start, end }) => text.slice(start, end)).join(",")}}`;
}

/** One line of JSON; undefined, which JSON has not, as `nothing`. */
export function write(value) {
  if (value === undefined) return "nothing";
  if (value instanceof Digits) return value.text;
  if (value instanceof Map) return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  return JSON.stringify(value);
}

/** The value at a path such as `result.items[0].id`, or undefined. */
export function valueAt(value, path) {
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[([0-9]+)\]/g)) {
    if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined;
    else value = value instanceof Map ? value.get(name) : undefined;
  }
  return value;
}
