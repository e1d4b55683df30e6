// A fixture's lines as steps: bytes to send as they stand, and what the player itself is told on them.
import { tryParse, without, write } from "./json.mjs";

/** A line that the player cannot make sense of. */
export class FixtureFault extends Error {}

const ownOfRequests = ["capture", "expect"];
const ownLines = ["start", "await", "never"];
const newline = 0x0a;
const commentMark = 0x23;
const capturePattern = /\$\{([A-Za-z][A-Za-z0-9_-]*)\}/g;

function text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The lines with their newlines; the last may have none. */
function* lines(bytes) {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found + 1;
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** The steps of a file in their order, `{number, bytes, text, needs}`; comments are left out. */
export function steps(bytes) {
  return [...lines(bytes)]
    .map((line, index) => ({ number: index + 1, bytes: line, text: text(line) }))
    .filter(({ bytes: line }) => line[0] !== commentMark)
    .map((step) => ({ ...step, needs: [...(step.text ?? "").matchAll(capturePattern)].map(([, name]) => name) }));
}

const inserted = (value) => (typeof value === "string" ? JSON.stringify(value).slice(1, -1) : write(value));

/** The method and the id of a request's text, for messages and for finding its reply. */
export function request(line) {
  const message = tryParse(line ?? "");
  if (!(message instanceof Map)) return {};
  const id = message.get("id");
  return { method: message.get("method"), id: id === undefined || id === null ? undefined : write(id) };
}

const mapOr = (value, what) => {
  if (value === undefined || value instanceof Map) return value;
  throw new FixtureFault(`"${what}" must be an object`);
};

function ownLine(message) {
  const kind = ownLines.find((name) => message.has(name));
  const given = message.get(kind);
  const subset = kind !== "start" && Array.isArray(given) ? given : mapOr(given, kind);
  const within = message.get("within");
  return { kind, subset, capture: mapOr(message.get("capture"), "capture"), seconds: within && Number(within.text) };
}

/** What a step does once the captures it needs are known: `kind` is send, start, await or never. */
export function action(step, captures) {
  const line = step.text?.replace(capturePattern, (whole, name) => (captures.has(name) ? inserted(captures.get(name)) : whole));
  const mentions = (names) => names.some((name) => line?.includes(`"${name}"`));
  const message = mentions([...ownLines, ...ownOfRequests]) ? tryParse(line) : undefined;
  if (!(message instanceof Map)) return { kind: "send", bytes: step.needs.length ? Buffer.from(line) : step.bytes };
  if (!message.has("method") && ownLines.some((name) => message.has(name))) return ownLine(message);
  if (!ownOfRequests.some((name) => message.has(name))) {
    return { kind: "send", bytes: step.needs.length ? Buffer.from(line) : step.bytes };
  }
  const sent = without(ownOfRequests, line);
  const { id, method } = request(sent);
  if (id === undefined) throw new FixtureFault("what expects or captures needs an id, by which its reply is found");
  return {
    kind: "send",
    bytes: Buffer.from(line.endsWith("\n") ? `${sent}\n` : sent),
    id,
    method,
    expect: mapOr(message.get("expect"), "expect"),
    capture: mapOr(message.get("capture"), "capture"),
  };
}

/** The options of a `start` line: `fixedNow`, further `args`, and whether lines are sent `oneByOne`. */
export const startOptions = (subset) => ({ args: [], oneByOne: false, ...JSON.parse(write(subset)) });
