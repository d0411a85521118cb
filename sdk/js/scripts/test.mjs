// Runs the compiled tests, all or those whose names contain an argument, on the Node that runs this script. Arguments
// that begin with `--` are options of Node's test runner.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const options = process.argv.slice(2).filter((word) => word.startsWith("--"));
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
// By the sources: what was compiled from a file that is gone may still lie about.
const files = readdirSync(join(root, "tests"))
  .filter((name) => name.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => join(root, ".tests", name.replace(/ts$/, "js")));
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WATCHLLM_")));
// The limit holds for each test and for each file, which runs its processes one after another.
const limits = ["--test-timeout=180000", "--test-concurrency=2"];
const done = spawnSync(process.execPath, ["--expose-gc", "--test", ...limits, ...options, ...files], {
  cwd: root,
  env: environment,
  stdio: "inherit",
});
process.exit(done.status ?? 1);
