// What `import "@shelflife/client"` gives.
export { Shelflife } from "./shelflife.js";
export { ShelflifeError } from "./errors.js";
export { WRITES, READS } from "./methods.js";
