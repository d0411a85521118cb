/** A provider on loopback: answers as OpenAI and Anthropic do, whole or in chunks, from the shared vectors. */

import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PACKAGE } from "./children.js";

// biome-ignore lint/suspicious/noExplicitAny: the cases are data
type Case = any;

function cases(name: string): Case[] {
  return JSON.parse(readFileSync(join(PACKAGE, "..", "vectors", `${name}.json`), "utf8")).cases;
}

export const answerOf = (name: string): Case => cases("answers").find((one) => one.name === name).answer;
export const chunksOf = (name: string): Case[] => cases("streams").find((one) => one.name === name).chunks;

const KINDS: [string, string][] = [
  ["/chat/completions", "OpenAI, chat"],
  ["/responses", "OpenAI, responses"],
  ["/messages", "Anthropic"],
];
const STREAMED: Record<string, string> = { "OpenAI, responses": "OpenAI, responses: the last event holds all" };

export class Llm {
  readonly requests: Case[] = [];
  status = 200;
  /** How long each chunk of a stream waits. */
  chunkMs = 0;
  readonly #server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", async () => {
      const given = JSON.parse(text);
      this.requests.push(given);
      const name = KINDS.find(([path]) => request.url?.split("?")[0]?.endsWith(path))?.[1] ?? "";
      if (this.status !== 200) {
        response.writeHead(this.status, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { type: "invalid", message: "refused by the provider" } }));
      } else if (given.stream) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const chunk of chunksOf(STREAMED[name] ?? name)) {
          response.write(`${chunk.type ? `event: ${chunk.type}\n` : ""}data: ${JSON.stringify(chunk)}\n\n`);
          if (this.chunkMs) await sleep(this.chunkMs);
        }
        response.end(name === "OpenAI, chat" ? "data: [DONE]\n\n" : "");
      } else {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(answerOf(name)));
      }
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
