/** A real HTTP server on loopback that answers batches as a test says, and remembers what it accepted. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { SentEvent } from "watchllm/testing";

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** drop: close instead of answering; lose: accept, then close; hang: say nothing. */
  act?: "drop" | "lose" | "hang";
}

export interface Seen {
  path: string;
  headers: IncomingMessage["headers"];
  events: SentEvent[];
}

export class Loopback {
  readonly requests: Seen[] = [];
  readonly accepted: SentEvent[] = [];
  readonly replies: Reply[] = [];
  byDefault: Reply = {};
  connections = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => this.#answer(request, response, Buffer.concat(chunks)));
    });
    this.#server.on("connection", () => {
      this.connections += 1;
    });
  }

  static async start(port = 0): Promise<Loopback> {
    const loopback = new Loopback();
    await new Promise<void>((resolve) => loopback.#server.listen(port, "127.0.0.1", resolve));
    return loopback;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  names(): string[] {
    return this.accepted.map((event) => event.body.name ?? event.body.message);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse, raw: Buffer): void {
    if (request.method === "GET") {
      // A page of the same origin, for tests in a browser.
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>page</title>");
      return;
    }
    const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    const events = JSON.parse(plain.toString()) as SentEvent[];
    this.requests.push({ path: request.url ?? "", headers: request.headers, events });
    const reply = this.replies.shift() ?? this.byDefault;
    const status = reply.status ?? 202;
    if (reply.act === "lose" || (!reply.act && status < 300)) this.accepted.push(...events);
    if (reply.act === "hang") return;
    if (reply.act) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/json", ...reply.headers });
    response.end(JSON.stringify(reply.body ?? { status: "queued", count: events.length }));
  }
}

/** Wait until something holds. */
export async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("the condition never became true");
    await sleep(5);
  }
}
