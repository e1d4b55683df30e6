// Runs a page's shell blocks in their order, as a reader would type them into one shell, and compares what it shows of their output.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { textMatches } from "./compare.mjs";

/** The fenced blocks of a page, `{number, kind, text}`, by the line on which they begin. */
function blocks(page) {
  const found = [];
  let open;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^```([a-z]*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      found.push({ number: open.number, kind: open.kind, text: open.lines.map((text) => `${text}\n`).join("") });
      open = undefined;
    } else open = { number: index + 1, kind: fence[1], lines: [] };
  }
  return found;
}

/** The recipes of a page: shell blocks with the output that the page shows right behind them, if any. */
export function recipes(page) {
  const all = blocks(page);
  return all.flatMap((block, index) => {
    const next = all[index + 1];
    const shown = next && ["text", "json"].includes(next.kind) ? next.text : undefined;
    return block.kind === "sh" ? [{ number: block.number, script: block.text, shown }] : [];
  });
}

// One shell for all of them, since a recipe may use what an earlier one set.
const driver = `
set -euo pipefail
cook_blocks=$1
for cook_block in "\${@:2}"; do
  source "$cook_blocks/$cook_block.sh" >"$cook_blocks/$cook_block.out" 2>"$cook_blocks/$cook_block.err" </dev/null
  echo "$cook_block" >>"$cook_blocks/done"
done
`;

/** Runs the recipes with the program on the PATH, in a folder; answers what was not as the page says, as texts. */
export function cook(page, program, folder) {
  const list = recipes(page);
  const [programs, scripts, work] = ["bin", "blocks", "work"].map((name) => join(folder, name));
  for (const path of [programs, scripts, work]) mkdirSync(path, { mode: 0o755 });
  symlinkSync(program, join(programs, "shelflife"));
  for (const { number, script } of list) writeFileSync(join(scripts, `${number}.sh`), script);
  const numbers = list.map(({ number }) => `${number}`);
  const { PATH, HOME, LANG = "C.UTF-8" } = process.env;
  // The page signs in again and again; nobody guesses this shop's password.
  const env = { PATH: `${programs}:${PATH}`, HOME, LANG, SHELFLIFE_BCRYPT_COST: "10" };
  const options = { cwd: work, env, encoding: "utf8", timeout: 300_000 };
  const { status, stderr } = spawnSync("bash", ["-c", driver, "cookbook", scripts, ...numbers], options);
  const ran = existsSync(join(scripts, "done")) ? readFileSync(join(scripts, "done"), "utf8").trimEnd().split("\n") : [];
  const written = (number, ending) => {
    const path = join(scripts, `${number}.${ending}`);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  const stopped = numbers.find((number) => !ran.includes(number));
  const problems = list.flatMap(({ number, shown }) => {
    const output = written(number, "out");
    if (!ran.includes(`${number}`) || shown === undefined || textMatches(shown, output)) return [];
    return [`line ${number}: the page shows\n${shown}and this came\n${output}`];
  });
  if (stopped === undefined) return problems;
  return [...problems, `line ${stopped}: ended the shell with ${status}\n${written(stopped, "out")}${written(stopped, "err")}${stderr}`];
}
