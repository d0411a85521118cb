/** Runs programs of a host in processes of their own, against the built package. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Inside the package, so that `import "watchllm"` finds it as it does for a host.
export const BUILD = dirname(fileURLToPath(import.meta.url));
export const PACKAGE = dirname(BUILD);

export interface Done {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  ms: number;
}

export interface ChildOptions {
  env?: Record<string, string>;
  /** What stands before the program on the command line. */
  flags?: string[];
  isCommonJs?: boolean;
  /** A signal to send when the program has written "ready". */
  signal?: NodeJS.Signals;
  /** How long the process stands still from the moment on at which the program has written "ready". */
  freezeMs?: number;
}

/** Run a program and return how it ended. */
export function runChild(program: string, options: ChildOptions = {}): Promise<Done> {
  const folder = mkdtempSync(join(BUILD, "child-"));
  const file = join(folder, options.isCommonJs ? "host.cjs" : "host.mjs");
  writeFileSync(file, program);
  const began = Date.now();
  const child = spawn(process.execPath, [...(options.flags ?? []), file], {
    env: { PATH: process.env.PATH ?? "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (options.signal && stdout.includes("ready")) child.kill(options.signal);
    if (options.freezeMs && stdout.endsWith("ready\n")) {
      child.kill("SIGSTOP");
      setTimeout(() => child.kill("SIGCONT"), options.freezeMs);
    }
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, signal, stdout, stderr, ms: Date.now() - began });
    });
  });
}
