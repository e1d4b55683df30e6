// What a call costs beside a bare write and read on the very same pipe: both measured in turn, in one run.
// node overhead.js DATA_DIR prints the medians in microseconds. A process of its own, as the test runner slows promises down.
import { Shelflife } from "../index.js";
import { withPipes } from "./pipes.js";
import { COMMAND } from "./shop.js";

const ROUNDS = 50;
const CALLS = 100;
const NEWLINE = 0x0a;
const PING = '{"jsonrpc":"2.0","id":"bare","method":"system.ping","params":{}}\n';

const [dataDir] = process.argv.slice(2);
if (!dataDir) {
  console.error("usage: node overhead.js DATA_DIR");
  process.exit(64);
}
const { made: shelflife, pipes } = withPipes(() => new Shelflife({ command: COMMAND, dataDir }));
await shelflife.ready;
const times = { bare: [], client: [] };
for (let round = 0; round <= ROUNDS; round += 1) {
  const bare = await bareTimes(pipes);
  const client = await timesOf(() => shelflife.call("system.ping"));
  // The first round warms both up.
  if (round === 0) continue;
  times.bare.push(...bare);
  times.client.push(...client);
}
await shelflife.close();
const [bare, client] = [median(times.bare), median(times.client)];
console.log(JSON.stringify({ pings: ROUNDS * CALLS, bare, client, ratio: client / bare }));

/** As plain as it can be: writes a line that is there already, and waits for the newline of the answer. */
async function bareTimes({ stdin, stdout }) {
  const [listener] = stdout.listeners("data");
  let answered;
  const read = (chunk) => {
    if (chunk[chunk.length - 1] === NEWLINE) answered();
  };
  stdout.off("data", listener);
  stdout.on("data", read);
  const times = await timesOf(
    () =>
      new Promise((resolve) => {
        answered = resolve;
        stdin.write(PING);
      }),
  );
  stdout.off("data", read);
  stdout.on("data", listener);
  return times;
}

/** In microseconds. */
async function timesOf(ping) {
  const times = [];
  for (let index = 0; index < CALLS; index += 1) {
    const startedAt = process.hrtime.bigint();
    await ping();
    times.push(Number(process.hrtime.bigint() - startedAt) / 1000);
  }
  return times;
}

function median(values) {
  return values.sort((one, other) => one - other)[values.length >> 1];
}
