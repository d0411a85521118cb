/** One event on its way from the host to the server; holds copies alone, never the host's objects. */

import type { Scope } from "./scope.js";
import type { JsonObject } from "./values.js";

// What an entry's own objects take beside its copied values.
const ENTRY_BYTES = 1024;

/** An event as captured; `body` gives way to `encoded` once its JSON was made. */
export class Entry {
  readonly size: number;
  queuedAtMs = 0;
  encoded = "";
  encodedBytes = 0;
  isSettled = false;

  constructor(
    readonly type: string,
    readonly eventId: string,
    readonly traceId: string,
    readonly parentEventId: string,
    readonly wallUs: number,
    readonly durationUs: number | undefined,
    readonly scope: Scope,
    public body: JsonObject,
    size: number,
  ) {
    this.size = size + ENTRY_BYTES;
  }
}
