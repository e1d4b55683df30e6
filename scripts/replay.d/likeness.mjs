// When two runs said the same: values that the process made are learnt from its replies, and must then be the same throughout.
import { Digits, valueAt, write } from "./json.mjs";
import { unsteadyChecks } from "./masks.mjs";

const placeholder = /^\$\{[a-zA-Z-]+-[0-9]+\}$/;
const madeId = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const instant = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$/;

/** Members whose texts the process makes: they differ from run to run, and later requests may hold them. */
const madeMembers = new Set([
  "cursor", "nextCursor", "sessionId", "path", "copyPath", "safetyBackupPath", "replacedDatabase", "incident",
]);

/** Members that tell of the moment or the machine, and texts for people, which may change. */
const passingMembers = new Set(["bytes", "sha256", "archiveSha256", "backupSha256", "retryAfterSeconds", "database", "message"]);

/** Places in the books: how far they were when something was said depends on the moment, so that the newest value counts. */
const places = new Set(["cursor", "nextCursor"]);

/** A password that is refused as the recorded one was. */
const refusedPasswords = { "too-short": "short", "too-long": "x".repeat(73), "too-common": "password1" };

const messagesOf = (line) => (Array.isArray(line) ? line : [line]).filter((message) => message instanceof Map);

/** The placeholders of passwords that were refused for what they are, with the code of the refusal. */
function refusals(lines) {
  const asked = new Map();
  const found = new Map();
  for (const message of lines.flatMap(messagesOf)) {
    const id = write(message.get("id"));
    if (message.has("method")) asked.set(id, message.get("params"));
    for (const issue of valueAt(message, "error.data.details.issues") ?? []) {
      const value = valueAt(asked.get(id), issue.get("path"));
      if (placeholder.test(value)) found.set(value, issue.get("code"));
    }
  }
  return found;
}

export class Likeness {
  /** Takes all recorded messages, since a password must be made up before its reply is seen. */
  constructor(lines) {
    this.learnt = new Map();
    this.refused = refusals(lines);
  }

  #madeUp(text) {
    const name = text.slice(2, -1);
    return refusedPasswords[this.refused.get(text)] ?? `made up ${name}`;
  }

  /** The recorded value with what this run has in place of learnt values and of secrets. */
  now(value) {
    if (value instanceof Map) return new Map([...value].map(([name, member]) => [name, this.now(member)]));
    if (Array.isArray(value)) return value.map((element) => this.now(element));
    if (typeof value !== "string") return value;
    return this.learnt.get(value) ?? (placeholder.test(value) ? this.#madeUp(value) : this.#moved(value));
  }

  /** A path inside the recorded data directory, which the paths of backups tell, as one inside this run's. */
  #moved(text) {
    const { from, to } = this.dataDirectory ?? {};
    return from !== undefined && text.startsWith(`${from}/`) ? to + text.slice(from.length) : text;
  }

  #learn(recorded, got) {
    this.learnt.set(recorded, got);
    const [from, to] = [recorded, got].map((path) => /^(.+)\/backups\/[^/]+$/.exec(path)?.[1]);
    if (from && to) this.dataDirectory ??= { from, to };
  }

  /** Whether a text may stand for the recorded one; one that may is learnt. */
  #isSame(recorded, got, name) {
    if (this.learnt.has(recorded) && !places.has(name)) return this.learnt.get(recorded) === got;
    if (recorded === got || (instant.test(recorded) && instant.test(got))) return true;
    const isMade = placeholder.test(recorded) || madeMembers.has(name) || (madeId.test(recorded) && madeId.test(got));
    if (isMade) this.#learn(recorded, got);
    return isMade;
  }

  /** The differences, as `{path, expected, got}`. */
  differences(recorded, got, path = "", name = "") {
    if (recorded instanceof Map && got instanceof Map) {
      const isUnsteady = unsteadyChecks.includes(got.get("name"));
      const names = [...new Set([...recorded.keys(), ...got.keys()])]
        .filter((member) => !passingMembers.has(member) && !(isUnsteady && member === "checked"))
        .filter((member) => !(member === "details" && got.get("code") === "parse-error"));
      return names.flatMap((member) =>
        this.differences(recorded.get(member), got.get(member), path ? `${path}.${member}` : member, member));
    }
    if (Array.isArray(recorded) && Array.isArray(got)) {
      const lengths = { path: `${path}.length`, expected: new Digits(`${recorded.length}`), got: new Digits(`${got.length}`) };
      const found = recorded.slice(0, got.length).flatMap((element, index) =>
        this.differences(element, got[index], `${path}[${index}]`, name));
      return recorded.length === got.length ? found : [...found, lengths];
    }
    const areTexts = typeof recorded === "string" && typeof got === "string";
    return (areTexts ? this.#isSame(recorded, got, name) : write(recorded) === write(got)) ? [] : [{ path, expected: recorded, got }];
  }
}
