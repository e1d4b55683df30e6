// A slowdown planted in a program: counted by valgrind, compared, and refused.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const counts = fileURLToPath(new URL("../counts.mjs", import.meta.url));
// The compiler that comes with Swift's.
const compiler = execFileSync("sh", ["-c", 'echo "$(dirname "$(readlink -f "$(command -v swift)")")/clang"'], { encoding: "utf8" }).trim();

// Two paths of a program as hot-paths is one: `--list` names them, `PATH TIMES` runs one. WORK is what an operation of the first costs.
const source = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) void work(int steps) { for (volatile int step = 0; step < steps; step++); }
int main(int count, char **arguments) {
  if (strcmp(arguments[1], "--list") == 0) return puts("one.work 100\\none.rest 100") == EOF;
  for (int times = atoi(arguments[2]); times > 0; times--) work(strcmp(arguments[1], "one.work") == 0 ? WORK : 500);
}
`;

function compiled(folder, work) {
  const [file, program] = [join(folder, "paths.c"), join(folder, `paths-${work}`)];
  writeFileSync(file, source);
  execFileSync(compiler, ["-O1", `-DWORK=${work}`, "-o", program, file]);
  return program;
}

function compare(program, baseline, ...options) {
  const { status, stderr } = spawnSync("node", [counts, program, baseline, ...options], { encoding: "utf8" });
  return { status, said: stderr };
}

test("a fifth more work in one path ends with 1 and names the path and the function", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gate-test."));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const baseline = join(folder, "baseline.json");
  const usual = compiled(folder, 1000);
  assert.equal(compare(usual, baseline, "--update").status, 0);

  const same = compare(usual, baseline);
  assert.equal(same.status, 0, same.said);
  assert.match(same.said, /^gate: one\.work +[\d,]+ {2}[+−]0\.0 %\ngate: one\.rest +[\d,]+ {2}[+−]0\.0 %\n$/);

  const slow = compiled(folder, 1200);
  const slower = compare(slow, baseline);
  assert.equal(slower.status, 1, slower.said);
  assert.match(slower.said, /one\.work costs \+(19\.\d|20\.0) % instructions an operation; what grew most:\n {4}[\d,]+ in work, before [\d,]+\n/);
  assert.match(slower.said, /not comparable: one\.work\n/);
  assert.equal(compare(slow, baseline, "one.rest").status, 0);

  // Once the price is accepted, it is the measure.
  assert.equal(compare(slow, baseline, "--update").status, 0);
  assert.equal(compare(slow, baseline).status, 0);
  assert.equal(compare(usual, baseline).status, 0);
  assert.match(compare(usual, baseline).said, /some paths got cheaper/);
});

test("a baseline of another machine is told, and in CI that is red", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gate-test."));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const baseline = join(folder, "baseline.json");
  const program = compiled(folder, 1000);
  assert.equal(compare(program, baseline, "--update").status, 0);
  writeFileSync(baseline, JSON.stringify({ ...JSON.parse(readFileSync(baseline, "utf8")), glibc: "0.1" }));
  for (const [ci, status] of [["", 0], ["true", 1]]) {
    const ended = spawnSync("node", [counts, program, baseline], { encoding: "utf8", env: { ...process.env, CI: ci } });
    assert.match(ended.stderr, /NOT COMPARED: the baseline is of another machine: glibc is \S+ here and was 0\.1\n/);
    assert.equal(ended.status, status);
  }
});
