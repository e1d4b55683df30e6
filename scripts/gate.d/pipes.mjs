// A program on two pipes, spoken to line by line without an event loop in between: its time is nearly all the program's own.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { once } from "node:events";

const newline = 0x0a;
let made = 0;

/** A pipe that is opened by its name, since Node gives no blocking ends of its own. */
function pipe(folder) {
  const path = `${folder}/pipe-${(made += 1)}`;
  execFileSync("mkfifo", [path]);
  const both = openSync(path, "r+");
  const ends = { reading: openSync(path, "r"), writing: openSync(path, "w") };
  closeSync(both);
  rmSync(path);
  return ends;
}

export class Program {
  #input;
  #output;
  #ended;
  pid;
  #chunk = Buffer.alloc(1 << 20);
  #rest = Buffer.alloc(0);
  #lines = [];
  #id = 0;

  /** Starts a program; `folder` is where its pipes are made. */
  constructor(command, options, folder) {
    const [input, output] = [pipe(folder), pipe(folder)];
    const child = spawn(command, options, { stdio: [input.reading, output.writing, "inherit"] });
    this.#ended = once(child, "exit");
    this.pid = child.pid;
    closeSync(input.reading);
    closeSync(output.writing);
    this.#input = input.writing;
    this.#output = output.reading;
  }

  write(text) {
    const bytes = Buffer.from(text);
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(this.#input, bytes, sent);
  }

  /** The next line, without its newline. */
  line() {
    while (this.#lines.length === 0) {
      const count = readSync(this.#output, this.#chunk);
      if (count === 0) throw new Error("the program has ended");
      const bytes = Buffer.concat([this.#rest, this.#chunk.subarray(0, count)]);
      const end = bytes.lastIndexOf(newline);
      if (end >= 0) this.#lines = bytes.subarray(0, end).toString().split("\n").reverse();
      this.#rest = bytes.subarray(end + 1);
    }
    return this.#lines.pop();
  }

  request(method, params = {}) {
    this.#id += 1;
    return `${JSON.stringify({ jsonrpc: "2.0", id: this.#id, method, params })}\n`;
  }

  /** The result of the next reply, which must be one. */
  result() {
    const line = this.line();
    if (!line.includes('"result":')) throw new Error(line);
    return line;
  }

  call(method, params) {
    this.write(this.request(method, params));
    return JSON.parse(this.result()).result;
  }

  /** Microseconds that each of so many calls takes, one after the other. */
  latencies(times, line) {
    return Array.from({ length: times }, (_, number) => {
      const text = line(number);
      const start = process.hrtime.bigint();
      this.write(text);
      this.line();
      return Number(process.hrtime.bigint() - start) / 1_000;
    });
  }

  /** Replies a second to requests of which so many are on their way at any time. */
  rate(lines, inFlight) {
    const start = process.hrtime.bigint();
    this.write(lines.slice(0, inFlight).join(""));
    for (let got = 0; got < lines.length; got += 1) {
      this.result();
      if (got + inFlight < lines.length) this.write(lines[got + inFlight]);
    }
    return lines.length / (Number(process.hrtime.bigint() - start) / 1e9);
  }

  /** Ends the input and waits for the end of the program. */
  async end() {
    closeSync(this.#input);
    const [status] = await this.#ended;
    closeSync(this.#output);
    if (status !== 0) throw new Error(`the program ended with status ${status}`);
  }
}
