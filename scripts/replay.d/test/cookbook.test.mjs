// The cookbook's recipes really run, and a page that shows something else is found out.
import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { cook, recipes } from "../cookbook.mjs";
import { folder, program } from "./harness.mjs";

const page = readFileSync(new URL("../../../protocol/cookbook.md", import.meta.url), "utf8");

function kitchen(t) {
  const place = folder(t);
  // The database's server is another user than root.
  chmodSync(place, 0o755);
  return place;
}

test("every recipe of the cookbook runs and answers what the page shows", (t) => {
  assert.ok(recipes(page).length >= 20);
  assert.deepEqual(cook(page, program, kitchen(t)), []);
});

const block = (kind, text) => `\`\`\`${kind}\n${text}\n\`\`\`\n`;

test("an output that the page does not show is told", (t) => {
  const made = [block("sh", "word=here"), block("sh", 'echo "$word"; echo there'), block("text", "he…\nthere"), block("sh", "echo 1.20"), block("json", "1x20")];
  const [problem, ...others] = cook(made.join("\n"), program, kitchen(t));
  assert.match(problem, /^line 14: the page shows\n1x20\nand this came\n1\.20\n$/);
  assert.deepEqual(others, []);
});

test("a recipe that fails is told, with what it said", (t) => {
  const made = [block("sh", "true"), block("sh", "echo so far; shelflife serve --no-such-flag | cat"), block("sh", "true")].join("\n");
  const [problem, ...others] = cook(made, program, kitchen(t));
  assert.match(problem, /^line 5: ended the shell with 64\nso far\n.*--no-such-flag/);
  assert.deepEqual(others, []);
});
