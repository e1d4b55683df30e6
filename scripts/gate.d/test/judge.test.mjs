// The gate is red where a path costs more than its baseline allows, and says which; a slowdown that is planted is seen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { judge, tolerance } from "../judge.mjs";

const baseline = JSON.parse(readFileSync(new URL("../../../Benchmarks/HotPaths/baseline.json", import.meta.url), "utf8"));
const paths = Object.keys(baseline.paths);

/** What would be counted if each path cost so many times its baseline. */
const counted = (factor = () => 1) =>
  paths.map((path) => {
    const { instructions, functions } = baseline.paths[path];
    const grown = Object.entries(functions).map(([name, cost]) => [name, cost * factor(path)]);
    return { path, instructions: instructions * factor(path), functions: new Map(grown) };
  });

test("the baseline passes beside itself, path by path", () => {
  const { failures, isCheaper, lines } = judge(counted(), baseline);
  assert.ok(paths.length >= 5);
  assert.deepEqual(failures, []);
  assert.equal(isCheaper, false);
  assert.equal(lines.length, paths.length);
  assert.ok(lines.every((line) => line.endsWith("+0.0 %")));
});

test("each path that gets slower by a little more than the tolerance is red, alone and by name", () => {
  for (const slow of paths) {
    const { failures, lines } = judge(counted((path) => (path === slow ? 1 + tolerance + 0.001 : 1)), baseline);
    assert.deepEqual(failures, [slow]);
    assert.match(lines.join("\n"), new RegExp(`^${slow} costs \\+10\\.1 % instructions an operation; what grew most:\n {4}\\S+ in `, "m"));
  }
});

test("a little less than the tolerance passes, and as much less is told as cheaper", () => {
  assert.deepEqual(judge(counted(() => 1 + tolerance - 0.001), baseline).failures, []);
  const cheaper = judge(counted(() => 1 - tolerance - 0.001), baseline);
  assert.deepEqual([cheaper.failures, cheaper.isCheaper], [[], true]);
});

test("the function that grew stands first, also one that is new", () => {
  const [path] = paths;
  const counts = counted().filter((count) => count.path === path);
  const { instructions, functions } = counts[0];
  const [[name, cost]] = functions;
  functions.set(name, cost + 0.2 * instructions).set("brandNew()", 0.1 * instructions);
  counts[0].instructions = 1.3 * instructions;
  const said = judge(counts, baseline, (other) => other === path).lines.at(-1).split("\n");
  assert.ok(said[1].includes(` in ${name}, before `), said[1]);
  assert.ok(said[2].includes(" in brandNew(), before less than "), said[2]);
});

test("a path that is new, and one that is gone, cannot be compared and are red, unless nobody asked for it", () => {
  const [first, ...others] = counted();
  const { failures, lines } = judge([{ ...first, path: "wire.new" }, ...others], baseline);
  assert.deepEqual(failures, ["wire.new", first.path]);
  assert.match(lines[0], /^wire\.new .* is not in the baseline$/);
  assert.equal(lines.at(-1), `${first.path} is in the baseline and counted no more`);
  assert.deepEqual(judge([first], baseline, (path) => path === first.path).failures, []);
});
