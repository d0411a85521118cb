// Runs the compiled tests, all or those whose names contain an argument, on the Node that runs this script.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, ".tests");
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.js") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => join(folder, name));
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WATCHLLM_")));
const done = spawnSync(
  process.execPath,
  ["--expose-gc", "--test", "--test-timeout=60000", "--test-concurrency=2", ...files],
  {
    cwd: root,
    env: environment,
    stdio: "inherit",
  },
);
process.exit(done.status ?? 1);
