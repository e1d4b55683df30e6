// Makes two runs comparable byte for byte. Works on the text, so that no digit and no order of members is lost on the way.

const hex = "[0-9a-f]";

/** Checks whose count differs from run to run: sales that are not yet in the totals are counted when nobody is waiting. */
export const unsteadyChecks = ["guards", "audit-chain", "report-totals"];

/** What differs from run to run and what stands in its place. Ids that a client makes stay if they are no UUID of version 7. */
const masks = [
  // How the process does is not the same twice; and whether the database is up by the time of an early status or hello is a race.
  [/\{"version":"[^"]*","uptimeSeconds":[0-9]+,"database":"(starting|ready)",.*?"lanes":\{[^}]*\}\}/g, '{"database":"<state>"}'],
  [/"database":"(starting|ready)"/, '"database":"<state>"'],
  [new RegExp(`"${hex}{8}-${hex}{4}-7${hex}{3}-[89ab]${hex}{3}-${hex}{12}"`, "g"), '"<id>"'],
  [/"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"/g, '"<instant>"'],
  [/"(token|recoveryCode|nextCursor|version|incident)":"[^"]*"/g, '"$1":"<$1>"'],
  [/"methods":\[[^\]]*\]/g, '"methods":["<methods>"]'],
  [new RegExp(`("name":"(${unsteadyChecks.join("|")})","ok":true,"checked":)[0-9]+`, "g"), '$1"<count>"'],
];

const mask = (line) => masks.reduce((text, [pattern, word]) => text.replace(pattern, word), line);

/** The number that a line's third field between colons begins with: the id of a reply, 0 for ids that are no numbers. */
const idNumber = (line) => BigInt(/^[ \t]*(-?[0-9]+)/.exec(line.split(":")[2] ?? "")?.[1] ?? 0);

/** Replies without notifications, masked, in the order of their ids, equal ones as they came. */
export function masked(lines) {
  return lines
    .filter((line) => !/"method":"\$\/(progress|event)"/.test(line))
    .map((line) => ({ line: mask(line), id: idNumber(line) }))
    .sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0))
    .map(({ line }) => line);
}
