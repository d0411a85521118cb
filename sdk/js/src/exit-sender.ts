/**
 * Sends the last events of a Node process that ends at once, by `process.exit()` or an exception that nobody caught.
 *
 * No request can be made there, since nothing asynchronous runs any more; so a second Node is started, given the
 * bodies on its standard input, and waited for. The key travels the same way, and not on the command line.
 */

import { spawnSync } from "node:child_process";
import type { Settings } from "./settings.js";
import { BATCH_PATH, fixedHeaders } from "./transport.js";

const PROGRAM = `
const { url, headers, bodies } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { request } = require(url.startsWith("https:") ? "node:https" : "node:http");
function post(left) {
  if (left.length === 0) return;
  const body = Buffer.from(left[0]);
  const sent = request(url, { method: "POST", headers: { ...headers, "content-length": body.length } }, (answer) => {
    answer.resume();
    if (answer.statusCode < 200 || answer.statusCode >= 300) process.exit(1);
    answer.on("end", () => {
      require("node:fs").writeSync(1, "1");
      post(left.slice(1));
    });
  });
  sent.on("error", () => process.exit(1));
  sent.end(body);
}
post(bodies);
`;

/** Send the bodies in their order; returns how many were accepted before one was not, or the time was over. */
export function sendAtExit(settings: Settings, bodies: readonly string[], timeoutMs: number): number {
  const input = JSON.stringify({ url: settings.baseUrl + BATCH_PATH, headers: fixedHeaders(settings), bodies });
  const done = spawnSync(process.execPath, ["-e", PROGRAM], {
    input,
    timeout: timeoutMs,
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
    // Nothing of the host's own: its NODE_OPTIONS would load its tracers and debuggers once more.
    env: { ELECTRON_RUN_AS_NODE: "1" },
  });
  return done.stdout?.length ?? 0;
}
