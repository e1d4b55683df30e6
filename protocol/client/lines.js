// Lines out of chunks of bytes, and what may stand in a line that goes the other way.

const NEWLINE = 0x0a;

/** Cuts a stream of bytes at newlines. A character may lie across two chunks: only whole lines are decoded. */
export class LineSplitter {
  #parts = [];
  #held = 0;
  #isSkipping = false;

  /** A line beyond `limit` bytes is passed on cut off there, as memory is not to grow with what never ends. */
  constructor(onLine, limit = Infinity) {
    this.onLine = onLine;
    this.limit = limit;
  }

  push(chunk) {
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    while (end >= 0) {
      this.#finish(chunk, start, end);
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    if (start < chunk.length) this.#hold(start === 0 ? chunk : chunk.subarray(start));
  }

  /** The stream has ended: what is left is a line too. */
  end() {
    if (this.#held > 0) this.#emit(this.#takeHeld());
  }

  #finish(chunk, start, end) {
    if (this.#isSkipping) {
      this.#isSkipping = false;
    } else if (this.#held === 0) {
      this.#emit(chunk.toString("utf8", start, end));
    } else {
      this.#hold(chunk.subarray(start, end));
      if (this.#held > 0) this.#emit(this.#takeHeld());
      this.#isSkipping = false;
    }
  }

  #hold(part) {
    if (this.#isSkipping) return;
    this.#parts.push(part);
    this.#held += part.length;
    if (this.#held <= this.limit) return;
    this.#emit(this.#takeHeld().slice(0, this.limit));
    this.#isSkipping = true;
  }

  #takeHeld() {
    const text = Buffer.concat(this.#parts, this.#held).toString("utf8");
    this.#parts = [];
    this.#held = 0;
    return text;
  }

  #emit(line) {
    if (line !== "") this.onLine(line);
  }
}

const DEEPEST = 64;

/**
 * Why the process would answer a line under no id, so that its call would never be answered; null for a line that it reads.
 * The line comes from JSON.stringify.
 */
export function whyUnreadable(line, mostBytes) {
  if (line.length * 3 > mostBytes && Buffer.byteLength(line) > mostBytes) return "message-too-large";
  // JSON.stringify writes a lone surrogate, and nothing else, as an escape that begins like this.
  if (line.includes("\\ud") && /(?:^|[^\\])(?:\\\\)*\\ud/.test(line)) return "parse-error";
  return line.length >= 2 * DEEPEST && isTooDeep(line) ? "parse-error" : null;
}

function isTooDeep(line) {
  let depth = 0;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charCodeAt(at);
    if (character === 0x22) at = endOfString(line, at);
    else if (character === 0x7b || character === 0x5b) depth += 1;
    else if (character === 0x7d || character === 0x5d) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** The place of the quotation mark that closes the string that opens at `start`. */
function endOfString(line, start) {
  let end = line.indexOf('"', start + 1);
  while (isEscaped(line, end)) end = line.indexOf('"', end + 1);
  return end;
}

function isEscaped(line, at) {
  let before = at - 1;
  while (line.charCodeAt(before) === 0x5c) before -= 1;
  return (at - before) % 2 === 0;
}
