// Says which tests the README names for its promises and no file of tests has.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Return an expression for each name of a test in a source; what a name is made of at run time may be anything. */
function namesIn(source) {
  const names = [...source.matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)].map(
    ([, plain, made]) => plain ?? made,
  );
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return names.map(
    (name) =>
      new RegExp(
        `^${name
          .split(/\$\{[^}]*\}/)
          .map(literal)
          .join(".*")}$`,
      ),
  );
}

const folder = join(root, "tests");
const tests = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts"))
  .flatMap((name) => namesIn(readFileSync(join(folder, name), "utf8")));
const [, chapter = ""] = readFileSync(join(root, "README.md"), "utf8").split("## How each promise is tested\n");
const rows = chapter
  .split("\n## ")[0]
  .split("\n")
  .filter((line) => /^\| \d/.test(line));
const named = rows.flatMap((line) => [...line.split("|")[2].matchAll(/\*([^*]+)\*/g)].map(([, name]) => name));
const missing = named.filter((name) => !tests.some((one) => one.test(name)));
for (const name of missing) console.error(`README.md names a test that does not exist: ${name}`);
const promised = new Set(rows.map((line) => line.match(/\d+/)?.[0]));
const [, list = ""] = readFileSync(join(root, "README.md"), "utf8").split("## What it promises\n");
const numbers = [...list.split("\n## ")[0].matchAll(/^(\d+)\. /gm)].map(([, number]) => number);
for (const number of numbers) if (!promised.has(number)) console.error(`promise ${number} of README.md names no test`);
process.exit(missing.length || numbers.some((number) => !promised.has(number)) ? 1 : 0);
