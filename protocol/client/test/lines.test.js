// Framing: lines out of bytes however they are cut, and lines that the process could not answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter, whyUnreadable } from "../lines.js";

function split(chunks, limit) {
  const lines = [];
  const splitter = new LineSplitter((line) => lines.push(line), limit);
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test("lines come out the same wherever the bytes are cut", () => {
  const bytes = Buffer.from('{"a":"é€𝄞"}\n\n{"b":1}\r\nlast');
  for (let size = 1; size <= bytes.length; size += 1) {
    const chunks = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    assert.deepEqual(split(chunks), ['{"a":"é€𝄞"}', '{"b":1}\r', "last"], `in pieces of ${size}`);
  }
});

test("a line beyond the limit is cut off, and the next one is whole", () => {
  assert.deepEqual(split(["12345", "678\nnext\n"], 6), ["123456", "next"]);
  assert.deepEqual(split(["12345", "678", "9\n", "next\n"], 6), ["123456", "next"]);
});

test("a line of 8 MiB in small pieces costs linear time", () => {
  const time = (megabytes) => {
    const piece = Buffer.alloc(4096, "x");
    const startedAt = process.hrtime.bigint();
    let length = 0;
    const splitter = new LineSplitter((line) => (length = line.length));
    for (let sent = 0; sent < megabytes << 20; sent += piece.length) splitter.push(piece);
    splitter.push(Buffer.from("\n"));
    assert.equal(length, megabytes << 20);
    return Number(process.hrtime.bigint() - startedAt);
  };
  time(1);
  const small = Math.min(time(2), time(2), time(2));
  const large = Math.min(time(8), time(8), time(8));
  assert.ok(large < small * 16, `2 MiB in ${small} ns, 8 MiB in ${large} ns`);
});

test("what the process would answer under no id is told beforehand", () => {
  const why = (value, most = 1000) => whyUnreadable(JSON.stringify(value), most);
  assert.equal(why({ text: "é".repeat(500) }), "message-too-large");
  assert.equal(why({ text: "x".repeat(900) }), null);
  assert.equal(why({ text: "\ud800" }), "parse-error");
  assert.equal(why({ "\udfff": 1 }), "parse-error");
  assert.equal(why({ text: "\\ud800, 𝄞 and a \\" }), null);
  const nested = (depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth));
  assert.equal(why(nested(64)), null);
  assert.equal(why(nested(65)), "parse-error");
  assert.equal(why({ text: `${"[".repeat(99)}"\\"[[[`, more: ["\\", "]"] }), null);
});
