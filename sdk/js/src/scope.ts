/** The envelope fields that `context()` adds to every event inside; nothing here is ever changed after it was made. */

import type { Redaction } from "./redaction.js";
import { redacted } from "./redaction.js";
import type { JsonObject } from "./values.js";
import { cleanId, cleanLabel, emptyObject, freeze, isObject } from "./values.js";

// The server's limit for the tags of one event.
const MAX_TAGS = 50;

/** What `context()` takes. */
export interface ContextFields {
  sessionId?: string | undefined;
  userId?: string | undefined;
  tags?: readonly string[] | string | undefined;
  metadata?: object | undefined;
  environment?: string | undefined;
  release?: string | undefined;
}

/** "" and empty mean that it says nothing. */
export interface Scope {
  readonly sessionId: string;
  readonly userId: string;
  readonly environment: string;
  readonly release: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
}

export const NO_SCOPE: Scope = Object.freeze({
  sessionId: "",
  userId: "",
  environment: "",
  release: "",
  tags: Object.freeze([]),
  metadata: Object.freeze(emptyObject()),
});

/** Return the scope that the fields ask for. */
export function scopeFrom(given: ContextFields, redaction: Redaction | undefined): Scope {
  const metadata = isObject(given.metadata) ? freeze(given.metadata).value : undefined;
  const copied = isObject(metadata) ? (metadata as JsonObject) : NO_SCOPE.metadata;
  return {
    sessionId: cleanId(given.sessionId),
    userId: cleanId(given.userId),
    environment: cleanLabel(given.environment),
    release: cleanLabel(given.release),
    tags: cleanTags(given.tags),
    metadata: redaction ? (redacted({ metadata: copied }, redaction).metadata as JsonObject) : copied,
  };
}

/** Return `inner` within `outer`: what it says wins, tags and metadata are added. */
export function within(inner: Scope, outer: Scope): Scope {
  if (outer === NO_SCOPE) return inner;
  return {
    sessionId: inner.sessionId || outer.sessionId,
    userId: inner.userId || outer.userId,
    environment: inner.environment || outer.environment,
    release: inner.release || outer.release,
    tags: [...new Set([...outer.tags, ...inner.tags])].slice(0, MAX_TAGS),
    metadata: Object.assign(emptyObject(), outer.metadata, inner.metadata),
  };
}

function cleanTags(tags: unknown): readonly string[] {
  // One tag as a plain string is what people write by mistake; its letters are never meant.
  const found: unknown[] = typeof tags === "string" ? [tags] : Array.isArray(tags) ? tags.slice(0, MAX_TAGS) : [];
  return [...new Set(found.map((tag) => cleanId(tag)).filter((tag) => tag !== ""))];
}
