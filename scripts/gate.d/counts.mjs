// Compares what the hot paths cost with the baseline, or renews that. Arguments: the program, the baseline, and then --update, the names
// of some paths, or nothing for all of them.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { count, twoAtATime } from "./callgrind.mjs";

// From run to run the counts differ by 0.04 % at most, on a machine with six times its load, and by 0.12 % where untouched code was built
// anew; the sale's planning moved by 8 % with other flags of the linker.
const tolerance = 0.1;
const functionsKept = 40;

const [program, file, ...options] = process.argv.slice(2);
const isUpdate = options[0] === "--update";
const isWanted = (path) => isUpdate || options.length === 0 || options.includes(path);
const said = (command, ...options) => execFileSync(command, options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/** What the counts depend on beside our own sources. */
const machine = {
  swift: /Swift version (\S+)/.exec(said("swift", "--version"))[1],
  glibc: said("getconf", "GNU_LIBC_VERSION").trim().split(" ")[1],
  architecture: process.arch,
};

const demangled = (names) => {
  const text = execFileSync("swift", ["demangle", "--simplified"], { encoding: "utf8", input: names.join("\n") });
  return text.trimEnd().split("\n");
};

const say = (text) => process.stderr.write(`gate: ${text}\n`);
const percent = (share) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)} %`;
const round = (number) => Math.round(number).toLocaleString("en");

/** The functions that cost most, by the names people know them by. What the compiler made twice of one name is added up. */
function largest(functions) {
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

async function measured() {
  const paths = said(program, "--list").trim().split("\n").map((line) => line.split(" ")).filter(([path]) => isWanted(path));
  const counts = await twoAtATime(paths, ([path, times]) => count(program, path, Number(times)));
  return paths.map(([path], index) => ({ path, ...counts[index] }));
}

function renew(counts) {
  const paths = Object.fromEntries(counts.map(({ path, instructions, functions }) => {
    const most = [...largest(functions)].map(([name, cost]) => [name, Math.round(cost)]).filter(([, cost]) => cost > 0);
    return [path, { instructions: Math.round(instructions), functions: Object.fromEntries(most) }];
  }));
  writeFileSync(file, `${JSON.stringify({ ...machine, paths }, null, 1)}\n`);
  for (const { path, instructions } of counts) say(`${path.padEnd(16)} ${round(instructions).padStart(12)}`);
  say(`${file} holds these counts now`);
}

function compare(counts, baseline) {
  const failures = [];
  let isCheaper = false;
  for (const { path, instructions, functions } of counts) {
    const before = baseline.paths[path];
    if (before === undefined) {
      failures.push(path);
      say(`${path.padEnd(16)} ${round(instructions).padStart(12)}  is not in the baseline`);
      continue;
    }
    const change = instructions / before.instructions - 1;
    say(`${path.padEnd(16)} ${round(instructions).padStart(12)}  ${percent(change)}`);
    isCheaper ||= change < -tolerance;
    if (change <= tolerance) continue;
    failures.push(path);
    say(`${path} costs ${percent(change)} instructions an operation; what grew most:\n${grown(functions, before.functions).join("\n")}`);
  }
  const gone = Object.keys(baseline.paths).filter((path) => isWanted(path) && !counts.some((count) => count.path === path));
  for (const path of gone) say(`${path} is in the baseline and counted no more`);
  failures.push(...gone);
  if (failures.length > 0) {
    say(`dearer than the baseline by more than ${100 * tolerance} %, or not comparable: ${failures.join(", ")}`);
    say("if it is worth its price, scripts/gate --update takes the new counts for the baseline, and the commit says why");
    process.exit(1);
  }
  if (isCheaper) say("some paths got cheaper: scripts/gate --update renews the baseline, so that it stays so");
}

if (isUpdate) {
  renew(await measured());
} else {
  const baseline = JSON.parse(readFileSync(file, "utf8"));
  const differing = Object.keys(machine).filter((key) => machine[key] !== baseline[key]);
  if (differing.length === 0) {
    compare(await measured(), baseline);
  } else {
    const told = differing.map((key) => `${key} is ${machine[key]} here and was ${baseline[key]}`).join(", ");
    say(`NOT COMPARED: the baseline is of another machine: ${told}`);
    // A gate that a new image switches off without a word is none: whoever brings the image renews the baseline with it.
    if (process.env.CI) {
      say("in CI that fails: renew the baseline with scripts/gate --update");
      process.exit(1);
    }
  }
}
