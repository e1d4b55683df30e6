// What was expected beside what came: every difference by its path, with patterns for what differs from run to run.
import { Digits, valueAt, write } from "./json.mjs";

const patterns = {
  "<any>": () => true,
  "<text>": (got) => typeof got === "string" && got !== "",
  "<integer>": (got) => got instanceof Digits && /^-?[0-9]+$/.test(got.text),
  "<id>": (got) => typeof got === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(got),
  "<instant>": (got) => typeof got === "string" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$/.test(got),
  "<day>": (got) => typeof got === "string" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(got),
};

/** Whether a text is the expected one; `…` in that stands for anything on its line. */
export function textMatches(expected, got) {
  if (!expected.includes("…")) return expected === got;
  const parts = expected.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\n]*")}$`, "u").test(got);
}

function stringMatches(expected, got) {
  const pattern = Object.hasOwn(patterns, expected) ? patterns[expected] : undefined;
  return pattern ? pattern(got) : typeof got === "string" && textMatches(expected, got);
}

const memberPath = (path, name) => (path ? `${path}.${name}` : name);

/**
 * The differences, as `{path, expected, got}`. Members that are not named may be there; arrays have the same length. Expecting
 * `"<absent>"` expects that there is no such member. `exactly` knows no patterns and takes no other members.
 */
export function differences(expected, got, { exactly = false, path = "" } = {}) {
  if (expected === "<absent>" && !exactly) return got === undefined ? [] : [{ path, expected, got }];
  if (typeof expected === "string" && !exactly) return stringMatches(expected, got) ? [] : [{ path, expected, got }];
  if (expected instanceof Map && got instanceof Map) {
    const found = [...expected].flatMap(([name, member]) =>
      differences(member, got.get(name), { exactly, path: memberPath(path, name) }));
    const extra = exactly ? [...got].filter(([name]) => !expected.has(name)) : [];
    return [...found, ...extra.map(([name, member]) => ({ path: memberPath(path, name), expected: undefined, got: member }))];
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    const found = expected.slice(0, got.length).flatMap((element, index) =>
      differences(element, got[index], { exactly, path: `${path}[${index}]` }));
    if (expected.length === got.length) return found;
    return [...found, { path: `${path}.length`, expected: new Digits(`${expected.length}`), got: new Digits(`${got.length}`) }];
  }
  return write(expected) === write(got) ? [] : [{ path, expected, got }];
}

const shortened = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** The difference as a line of text. */
export const difference = ({ path, expected, got }) =>
  `${path || "the line"}: expected ${shortened(write(expected))}, got ${shortened(write(got))}`;

/** Why a reply is a refusal, as a line of text; nothing for a result. */
export function refusal(reply) {
  const code = valueAt(reply, "error.data.code");
  return code === undefined ? [] : [`refused: ${code}, details ${write(valueAt(reply, "error.data.details"))}`];
}
