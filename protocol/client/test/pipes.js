// The pipes of the process that a client starts, for tests that measure them or hold them up.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

/** @returns what `make` returns, and the process that it started */
export function withPipes(make) {
  const { spawn } = childProcess;
  let pipes;
  childProcess.spawn = (...values) => (pipes = spawn(...values));
  syncBuiltinESMExports();
  try {
    return { made: make(), pipes };
  } finally {
    childProcess.spawn = spawn;
    syncBuiltinESMExports();
  }
}
