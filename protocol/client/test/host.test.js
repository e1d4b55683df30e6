// The app itself is killed: its program must not outlive it, whatever it was doing; and an app that closes ends by itself.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMAND, OWNER, folder, isRunning, next, processesOf, start, until } from "./shop.js";

const HOST = fileURLToPath(new URL("host.js", import.meta.url));

/** A process of its own that sells through the client. */
function host(t, dataDir, mode) {
  const app = spawn(process.execPath, [HOST, COMMAND, dataDir, mode], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: app.stdout });
  t.after(() => app.kill("SIGKILL"));
  return { app, line: () => next(lines, "line") };
}

test("an app that is killed leaves nothing running, and its sales are in the books", async (t) => {
  const dataDir = join(folder(t), "shop");
  const { app, line } = host(t, dataDir, "sell");
  const { pid } = JSON.parse(await line());
  const { receiptNo } = JSON.parse(await line());
  app.kill("SIGKILL");
  await until("the program has ended", () => !isRunning(pid));
  await until("PostgreSQL has ended", () => processesOf(dataDir).length === 0);

  const shelflife = start(t, { dataDir });
  const owner = await shelflife.signIn(OWNER);
  assert.equal((await owner.call("sales.get", { receiptNo })).receiptNo, receiptNo);
  assert.equal((await owner.call("system.check")).ok, true);
});

test("an app that has closed the client ends by itself", async (t) => {
  const { app, line } = host(t, join(folder(t), "shop"), "close");
  const { pid } = JSON.parse(await line());
  const [status] = await new Promise((resolve) => app.once("exit", (...end) => resolve(end)));
  assert.equal(status, 0);
  assert.equal(isRunning(pid), false);
});
