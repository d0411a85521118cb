/** Writes entries as the JSON that the server reads. */

import { rfc3339 } from "./clock.js";
import type { Entry } from "./entry.js";
import { withoutSecrets } from "./redaction.js";
import type { Settings } from "./settings.js";
import { VERSION } from "./version.js";

// Types whose duration travels as `start` and `end`; the others know `latencyMs`.
const WITH_START_AND_END = new Set(["span", "agent_action"]);
const SDK = { name: "watchllm-js", version: VERSION };

/** Return the envelope of an entry as JSON text, without secrets; fields that are empty are left out. */
export function encode(entry: Entry, settings: Settings): string {
  const { scope } = entry;
  const body = settings.redaction ? withoutSecrets(entry.body, settings.redaction) : entry.body;
  const envelope: Record<string, unknown> = {
    eventId: entry.eventId,
    projectId: settings.project || undefined,
    type: entry.type,
    timestamp: rfc3339(entry.wallUs),
    sdk: SDK,
    traceId: entry.traceId || undefined,
    parentEventId: entry.parentEventId || undefined,
    sessionId: scope.sessionId || undefined,
    userId: scope.userId || undefined,
    environment: scope.environment || settings.environment || undefined,
    release: scope.release || settings.release || undefined,
    tags: scope.tags.length ? scope.tags : undefined,
    context: Object.keys(scope.metadata).length ? { metadata: scope.metadata } : undefined,
    body: entry.durationUs === undefined ? body : { ...body, ...timing(entry, entry.durationUs) },
  };
  return JSON.stringify(envelope);
}

function timing(entry: Entry, durationUs: number): Record<string, unknown> {
  if (WITH_START_AND_END.has(entry.type)) {
    return { start: rfc3339(entry.wallUs), end: rfc3339(entry.wallUs + durationUs) };
  }
  return { latencyMs: Math.round(durationUs) / 1000 };
}
