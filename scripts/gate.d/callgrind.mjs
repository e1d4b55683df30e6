// Counts the instructions of a hot path under valgrind's callgrind: the same program and input give the same number on any load.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

// What would change from run to run or from one processor to the next: the seed of the hashes, and which of their routines libc and
// libcrypto pick.
const environment = {
  PATH: process.env.PATH,
  LC_ALL: "C",
  SWIFT_DETERMINISTIC_HASHING: "1",
  GLIBC_TUNABLES: "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM",
  OPENSSL_ia32cap: "0:0",
};

// How long the runtime searches its table of generic types depends on addresses, so on where the linker put what: 3 % of a path.
const dependsOnAddresses = /GenericCacheEntry|MetadataCacheKey/;

/** The cost of each function by itself, from the text of a profile. */
export function selfCosts(profile) {
  const names = new Map();
  const costs = new Map();
  let current;
  let skipsLine = false;
  for (const line of profile.split("\n")) {
    const named = /^(c?fn)=\((\d+)\)(?: (.*))?$/.exec(line);
    if (named) {
      const [, kind, number, name] = named;
      if (name !== undefined) names.set(number, name);
      if (kind === "fn") current = names.get(number);
    } else if (line.startsWith("calls=")) {
      // The next line is what the callee cost, which stands with the callee.
      skipsLine = true;
    } else if (/^[+\-*\d]/.test(line)) {
      if (!skipsLine) costs.set(current, (costs.get(current) ?? 0) + Number(line.split(" ")[1]));
      skipsLine = false;
    }
  }
  return costs;
}

async function run(program, path, times, file) {
  await execute("valgrind", ["--tool=callgrind", `--callgrind-out-file=${file}`, program, path, `${times}`], { env: environment });
  const counted = [...selfCosts(await readFile(file, "utf8"))].filter(([name]) => !dependsOnAddresses.test(name));
  return { total: counted.reduce((sum, [, cost]) => sum + cost, 0), costs: new Map(counted) };
}

/**
 * What one operation of a path costs, `{instructions, functions}`: the difference of two runs, so that start-up cancels out, in all
 * and for each function that has a share in it.
 */
export async function count(program, path, times) {
  const folder = await mkdtemp("/tmp/shelflife-gate-");
  try {
    const few = await run(program, path, times, `${folder}/few`);
    const many = await run(program, path, 3 * times, `${folder}/many`);
    const perOperation = (less, more) => (more - less) / (2 * times);
    const functions = [...many.costs]
      .map(([name, cost]) => [name, perOperation(few.costs.get(name) ?? 0, cost)])
      .filter(([, cost]) => cost > 0);
    return { instructions: perOperation(few.total, many.total), functions: new Map(functions) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Calls `work` for every item, two at a time, and answers what it returned. */
export async function twoAtATime(items, work) {
  const results = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all([worker(), worker()]);
  return results;
}
