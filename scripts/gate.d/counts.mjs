// Compares what the hot paths cost with the baseline, or renews that. Arguments: the program, the baseline, and then --update, the names
// of some paths, or nothing for all of them.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { count, twoAtATime } from "./callgrind.mjs";
import { judge, largest, round, tolerance } from "./judge.mjs";

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

const say = (text) => process.stderr.write(`gate: ${text}\n`);

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
  const { failures, isCheaper, lines } = judge(counts, baseline, isWanted);
  lines.forEach((line) => say(line));
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
