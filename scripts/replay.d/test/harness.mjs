// Plays fixtures of a test's own through scripts/replay and the real program.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../..", import.meta.url));

/** The program that is played to. */
export const program = process.env.SHELFLIFE_BIN ?? join(project, ".build/debug/shelflife");

/** Runs a program to its end; answers `{status, said}`, where `said` is its stderr. */
export function run(path, args, { env = {}, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { env: { ...process.env, SHELFLIFE_BIN: program, ...env } });
    let said = "";
    child.stderr.on("data", (data) => (said += data));
    child.stdout.resume();
    child.stdin.end(input);
    child.on("error", reject).on("close", (status) => resolve({ status, said }));
  });
}

export const replay = (args, options) => run(join(project, "scripts/replay"), args, options);

/** A folder that is gone after the test, also where the server of a process that has just ended comes back to it once more. */
export function folder(test) {
  const path = mkdtempSync(join(tmpdir(), "replay-test."));
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 50, retryDelay: 200 });
  test.after(async () => {
    remove();
    await new Promise((resolve) => setTimeout(resolve, 200));
    remove();
  });
  return path;
}

/** Writes a fixture of lines, which are objects, texts or bytes, and answers its path. */
export function fixture(test, lines, name = "fixture.ndjson") {
  const path = join(folder(test), name);
  const bytes = lines.map((line) => (Buffer.isBuffer(line) ? line : Buffer.from(typeof line === "string" ? line : JSON.stringify(line))));
  writeFileSync(path, Buffer.concat(bytes.flatMap((line) => [line, Buffer.from("\n")])));
  return path;
}

export const call = (id, method, more = {}) => ({ jsonrpc: "2.0", id, method, ...more });
