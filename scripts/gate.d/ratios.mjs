// Ratios that must hold on any machine: the program beside something else that runs in the same seconds. Never an absolute time.
// Arguments: the program, the folder of PostgreSQL's programs, a folder to work in.
import { execFileSync } from "node:child_process";
import { Program } from "./pipes.mjs";
import { Shop } from "./shop.mjs";

const tries = 3;
const rounds = 5;
const [binary, bin, folder] = process.argv.slice(2);

const say = (text) => process.stderr.write(`gate: ${text}\n`);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const small = new Shop(binary, `${folder}/small`, 200);
const large = new Shop(binary, `${folder}/large`, 20_000);
large.prepareFloor(bin);
const echo = new Program("cat", [], folder);

const ping = (program, times) => median(program.latencies(times, () => small.request("system.ping")));
const pingBesideEcho = () => ping(small, 500) / ping(echo, 500);
const sale = (shop, times) => median(shop.latencies(times, () => shop.sale()));
const list = (shop, times) => median(shop.latencies(times, () => shop.request("sales.list", { limit: 50 })));
const pings = (inFlight) => small.rate(Array.from({ length: 2_000 }, () => small.request("system.ping")), inFlight);
const sales = (times, inFlight) => large.rate(Array.from({ length: times }, () => large.sale()), inFlight);

const taskset = (...options) => execFileSync("taskset", options, { encoding: "utf8" });
const processors = taskset("-cp", process.pid).split(": ")[1].trim();

/**
 * Measures while all share one processor. Where the system puts two processes that wake each other decides more than what they do
 * (a ping takes 15 µs on one processor and 130 µs across two that have gone to sleep), and it decides differently every time.
 */
function onOneProcessor(programs, measure) {
  const place = (list) => [process, ...programs].forEach(({ pid }) => taskset("-a", "-cp", list, pid));
  place(processors.match(/\d+/)[0]);
  try {
    return measure();
  } finally {
    place(processors);
  }
}

/** Each measures two figures right after each other; the ratio must stay on its side of the bound. */
const checks = [
  { name: "system.ping beside an echo through cat, on one processor", atMost: 4, measure: () => onOneProcessor([small, echo], pingBesideEcho) },
  { name: "pings a second, 64 in flight beside one", atLeast: 1.5, measure: () => pings(64) / pings(1) },
  { name: "a sale beside a hand-written one", atMost: 2.5, measure: () => sale(large, 300) / large.floorLatency(bin, 1) },
  { name: "sales a second, 64 in flight beside one", atLeast: 2, measure: () => sales(1_280, 64) / sales(200, 1) },
  { name: "a sale after 20 000 beside one after 200", atMost: 1.6, measure: () => sale(large, 100) / sale(small, 100) },
  { name: "the first page of 20 000 sales beside that of 200", atMost: 3, measure: () => list(large, 50) / list(small, 50) },
];

const holds = ({ atMost = Infinity, atLeast = 0 }, ratio) => ratio <= atMost && ratio >= atLeast;
const bound = ({ atMost, atLeast }) => (atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`);

/** The median ratio of some rounds; measured again where the machine may have been busy with something else. */
function passes(check) {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const ratio = median(Array.from({ length: rounds }, check.measure));
    const isGood = holds(check, ratio);
    say(`${check.name}: ${ratio.toFixed(2)}, ${bound(check)}${isGood ? "" : `: NOT SO, try ${attempt} of ${tries}`}`);
    if (isGood) return true;
  }
  return false;
}

sale(small, 100);
sale(large, 100);
const failures = checks.filter((check) => !passes(check));
for (const program of [small, large, echo]) await program.end();
if (failures.length > 0) {
  say(`out of bounds: ${failures.map(({ name }) => name).join("; ")}`);
  process.exit(1);
}
