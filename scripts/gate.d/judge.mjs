// Whether the hot paths cost more than the baseline says, and which functions did it.
import { execFileSync } from "node:child_process";

// From run to run the counts differ by 0.04 % at most, on a machine with six times its load, and by 0.12 % where untouched code was built
// anew; the sale's planning moved by 8 % with other flags of the linker.
export const tolerance = 0.1;
const functionsKept = 40;

const demangled = (names) => {
  const text = execFileSync("swift", ["demangle", "--simplified"], { encoding: "utf8", input: names.join("\n") });
  return text.trimEnd().split("\n");
};

const percent = (share) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)} %`;
export const round = (number) => Math.round(number).toLocaleString("en");

/** The functions that cost most, by the names people know them by. What the compiler made twice of one name is added up. */
export function largest(functions) {
  const names = demangled([...functions.keys()]);
  const sums = new Map();
  [...functions.values()].forEach((cost, index) => {
    const name = names[index].replace(/'\d+$/, "").slice(0, 160);
    sums.set(name, (sums.get(name) ?? 0) + cost);
  });
  return new Map([...sums].sort(([, a], [, b]) => b - a).slice(0, functionsKept));
}

/** Tells which functions grew most against the baseline's. One that the baseline does not name cost less than all it names. */
function grown(functions, before) {
  const least = Math.min(...Object.values(before));
  const growth = [...largest(functions)]
    .map(([name, cost]) => ({ name, cost, before: before[name], more: cost - (before[name] ?? Math.min(least, cost)) }))
    .filter(({ more }) => more >= 1)
    .sort((a, b) => b.more - a.more);
  return growth.slice(0, 5).map(({ name, cost, before: earlier }) =>
    `    ${round(cost)} in ${name}, ${earlier === undefined ? `before less than ${round(least)}` : `before ${round(earlier)}`}`);
}

/**
 * Compares counts, `{path, instructions, functions}` each, with the baseline's paths, which `isWanted` may narrow down.
 * Answers `{failures, isCheaper, lines}`: the paths that cost too much or cannot be compared, whether any got cheaper by as much, and
 * what is to be said.
 */
export function judge(counts, baseline, isWanted = () => true) {
  const failures = [];
  const lines = [];
  let isCheaper = false;
  for (const { path, instructions, functions } of counts) {
    const before = baseline.paths[path];
    if (before === undefined) {
      failures.push(path);
      lines.push(`${path.padEnd(16)} ${round(instructions).padStart(12)}  is not in the baseline`);
      continue;
    }
    const change = instructions / before.instructions - 1;
    lines.push(`${path.padEnd(16)} ${round(instructions).padStart(12)}  ${percent(change)}`);
    isCheaper ||= change < -tolerance;
    if (change <= tolerance) continue;
    failures.push(path);
    lines.push(`${path} costs ${percent(change)} instructions an operation; what grew most:\n${grown(functions, before.functions).join("\n")}`);
  }
  const gone = Object.keys(baseline.paths).filter((path) => isWanted(path) && !counts.some((count) => count.path === path));
  for (const path of gone) lines.push(`${path} is in the baseline and counted no more`);
  return { failures: [...failures, ...gone], isCheaper, lines };
}
