// Builds dist/esm and dist/cjs with the TypeScript compiler alone; a second call without a change does nothing.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

function stateOfSources() {
  const hash = createHash("sha256");
  const sources = readdirSync(join(root, "src"))
    .sort()
    .map((name) => join("src", name));
  for (const name of [...sources, "package.json", "tsconfig.json", "tsconfig.cjs.json", "scripts/build.mjs"]) {
    hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  }
  return hash.digest("hex");
}

function compile(project) {
  const done = spawnSync(process.execPath, [tsc, "-p", project], { cwd: root, stdio: "inherit" });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

const stamp = join(root, "dist", "stamp");
const state = stateOfSources();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== state || !existsSync(join(root, "dist", "cjs"))) {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  compile("tsconfig.json");
  compile("tsconfig.cjs.json");
  // The package says "module"; this folder is the exception.
  writeFileSync(join(root, "dist", "cjs", "package.json"), '{"type":"commonjs"}\n');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
}
