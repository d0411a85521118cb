/** Makes an event of what a helper was given: its time, its place in a trace, and copies of its values. */

import type { Client } from "./client.js";
import { Entry } from "./entry.js";
import { currentFlow } from "./flow.js";
import { guarded } from "./notices.js";
import { activeClient } from "./process.js";
import type { ContextFields } from "./scope.js";
import { scopeFrom, within } from "./scope.js";
import { cleanId, emptyObject, freeze } from "./values.js";

/** What any event may say about itself; what is left out comes from the span and the `context()` around it. */
export interface Envelope extends Omit<ContextFields, "metadata"> {
  eventId?: string | undefined;
  traceId?: string | undefined;
  parentEventId?: string | undefined;
  /** A Date, or milliseconds since 1970; without it, now. */
  timestamp?: Date | number | undefined;
}

// Types that mean something without a span around them.
const OWN_TRACE = new Set(["span", "model_response", "tool_call", "agent_action", "retrieval"]);
// Thirty years; beyond, a start time would lie before every date that the server takes.
export const MAX_LATENCY_MS = 1e12;

/** Return what `send` returns; "" where it throws, and where nothing is sent: then nothing is read or copied either. */
export function sending(place: string, send: (client: Client) => string): string {
  return guarded(place, "", () => {
    const client = activeClient();
    return client ? send(client) : "";
  });
}

/** Queue an event with the body's values that are neither undefined nor null; returns its id, "" when not accepted. */
export function sendEvent(client: Client, type: string, body: object, envelope: Envelope, latencyMs?: unknown): string {
  const [traceId, parentEventId] = place(client, type, envelope);
  const eventId = cleanId(envelope.eventId) || client.newId();
  if (!client.isSampled(traceId || eventId)) return eventId;
  if (!client.outbox.hasRoom()) {
    client.sayFull();
    return "";
  }
  const copied = emptyObject();
  let size = 0;
  for (const [key, value] of Object.entries(body)) {
    const frozen = freeze(value);
    if (frozen.value === undefined || frozen.value === null) continue;
    copied[key] = frozen.value;
    size += frozen.size;
  }
  const { scope } = currentFlow();
  const own = hasScope(envelope) ? within(scopeFrom(envelope, undefined), scope) : scope;
  const wallUs = timeOf(envelope.timestamp) ?? startOf(client, latencyMs);
  const entry = new Entry(type, eventId, traceId, parentEventId, wallUs, undefined, own, copied, size);
  return client.capture(entry) ? eventId : "";
}

/** Return the trace and the parent of an event: as given, else those of the span around it. */
function place(client: Client, type: string, envelope: Envelope): [string, string] {
  const traceId = cleanId(envelope.traceId);
  const parentEventId = cleanId(envelope.parentEventId);
  const { span } = currentFlow();
  if (span?.eventId && (traceId === "" || traceId === span.traceId)) {
    return [span.traceId, parentEventId || span.eventId];
  }
  return [traceId || (OWN_TRACE.has(type) ? client.newId() : ""), parentEventId];
}

function hasScope(envelope: Envelope): boolean {
  const { sessionId, userId, environment, release, tags } = envelope;
  return [sessionId, userId, environment, release, tags].some((value) => value !== undefined);
}

function timeOf(timestamp: unknown): number | undefined {
  if (timestamp === undefined || timestamp === null) return undefined;
  const ms = timestamp instanceof Date ? timestamp.getTime() : Number(timestamp);
  return Number.isFinite(ms) ? Math.floor(ms * 1000) : undefined;
}

/** A finished call is reported at its end, and its time is its start. */
function startOf(client: Client, latencyMs: unknown): number {
  const isKnown = typeof latencyMs === "number" && latencyMs >= 0 && latencyMs < MAX_LATENCY_MS;
  return client.clock.wallUs() - (isKnown ? Math.floor(latencyMs * 1000) : 0);
}
