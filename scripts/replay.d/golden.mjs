// Compares masked replies with those that a fixture's .out.ndjson holds, reply by reply.
import { readFileSync } from "node:fs";
import { difference, differences } from "./compare.mjs";
import { request, steps } from "./fixture.mjs";
import { tryParse } from "./json.mjs";

const utf8 = (line) => Buffer.from(line, "latin1").toString();

/** The lines of a file by the ids of their messages; messages without one, and batches, share a key. */
function byId(lines) {
  const found = new Map();
  for (const line of lines) {
    const key = request(utf8(line)).id ?? "null";
    found.set(key, [...(found.get(key) ?? []), line]);
  }
  return found;
}

/** Says of each id that a fixture asks under where it does so, and what. */
function questions(path) {
  const found = new Map();
  for (const step of steps(readFileSync(path))) {
    const { id, method } = request(step.text);
    if (id !== undefined && !found.has(id)) found.set(id, `:${step.number} ${method ?? ""} (id ${id})`);
  }
  return found;
}

function unlike(expected, got) {
  if (expected === undefined) return [`expected no reply, got ${utf8(got)}`];
  if (got === undefined) return [`expected ${utf8(expected)}, got no reply`];
  const found = differences(tryParse(utf8(expected)), tryParse(utf8(got)), { exactly: true }).map(difference);
  return found.length ? found : [`expected ${utf8(expected)}`, `got      ${utf8(got)}`];
}

/** What differs, as texts; both lists hold masked lines as Latin-1. */
export function against(expected, got, path, name) {
  if (expected.join("\n") === got.join("\n")) return [];
  const where = questions(path);
  const [wanted, came] = [byId(expected), byId(got)];
  const problems = [];
  for (const id of new Set([...wanted.keys(), ...came.keys()])) {
    const [one, other] = [wanted.get(id) ?? [], came.get(id) ?? []];
    for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
      if (one[index] === other[index]) continue;
      const place = where.get(id) ?? `, reply ${index + 1} of those under id ${id}`;
      problems.push([`${name}${place}`, ...unlike(one[index], other[index]).map((line) => `  ${line}`)].join("\n"));
    }
  }
  return problems.length ? problems : [`${name}: the replies are the same, but come in another order`];
}

export const readLines = (path) => readFileSync(path, "latin1").split("\n").slice(0, -1);
