/** Takes secrets out of events before they are sent; the rules are those of `sdk/vectors/README.md`. */

import { reading } from "./state.js";
import type { Json, JsonObject } from "./values.js";
import { emptyObject, freeze, isObject } from "./values.js";

/** Asked for every field of an event's body; what it returns is sent instead. */
export type RedactHook = (value: Json, field: string) => unknown;

export interface Redaction {
  readonly hook: RedactHook | undefined;
  /** The host's own, each with the flag `g`. */
  readonly patterns: readonly RegExp[];
  readonly hasDefaults: boolean;
}

const REDACTED = "[redacted]";
const FAILED = "[redaction failed]";
const SECRET_KEYS = new Set(
  (
    "authorization proxyauthorization apikey xapikey password passwd secret clientsecret accesstoken refreshtoken " +
    "idtoken privatekey cookie setcookie"
  ).split(" "),
);
// Every repetition is bounded or ends where the next begins, so that no text makes the search quadratic.
const PATTERNS: readonly RegExp[] = [
  /\b[Bb]earer +(?=\S*[0-9])[A-Za-z0-9._~+/=-]{16,}/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
  /\bwl_[A-Za-z0-9_]{29,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{36,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{35}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\beyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,2048}/g,
  /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]{0,8192}-----END [A-Z ]{0,20}PRIVATE KEY-----/g,
];
// One look instead of nine at a text that holds none of them, which is nearly every text.
const HINT = /earer |sk-|wl_|gh[pousr]_|A[KS]IA|AIza|xox|eyJ|-----BEGIN/;
// What the rest of the event needs in its own form.
const NOT_ASKED = new Set(["usage"]);
const ASKED_BY_MEMBER = new Set(["metadata", "attributes"]);

/** Return what to do, or undefined where nothing is to be done. */
export function redactionFrom(
  hook: RedactHook | undefined,
  own: readonly RegExp[],
  hasDefaults: boolean,
): Redaction | undefined {
  // A pattern without `g` would replace one match, and one with `y` would look in one place.
  const patterns = own.map((one) => new RegExp(one.source, `${one.flags.replace(/[gy]/g, "")}g`));
  if (!hook && patterns.length === 0 && !hasDefaults) return undefined;
  return { hook, patterns, hasDefaults };
}

/** Return the body without its secrets; never throws. */
export function redacted(body: JsonObject, redaction: Redaction): JsonObject {
  return withoutSecrets(redaction.hook ? askedAbout(body, redaction.hook) : body, redaction);
}

/** Return the body without what patterns and names say is secret: itself where nothing is. Never throws. */
export function withoutSecrets(body: JsonObject, redaction: Redaction): JsonObject {
  return clean(body, redaction) as JsonObject;
}

/** Return the body as the host's own hook wants it; never throws. */
export function askedAbout(body: JsonObject, hook: RedactHook): JsonObject {
  const answered = emptyObject();
  for (const [field, value] of Object.entries(body)) {
    if (NOT_ASKED.has(field)) answered[field] = value;
    else if (ASKED_BY_MEMBER.has(field) && isObject(value)) answered[field] = members(field, value, hook);
    else answered[field] = answer(hook, value, field);
  }
  return answered;
}

function members(field: string, value: JsonObject, hook: RedactHook): JsonObject {
  const answered = emptyObject();
  for (const [name, member] of Object.entries(value)) answered[name] = answer(hook, member, `${field}.${name}`);
  return answered;
}

function answer(hook: RedactHook, value: Json, field: string): Json {
  if (typeof value !== "string" && typeof value !== "object") return value;
  if (value === null) return value;
  try {
    return freeze(reading(() => hook(value, field))).value ?? null;
  } catch {
    return FAILED;
  }
}

/** Return the value without its secrets: itself where it has none, which is nearly always, so that nothing is copied. */
function clean(value: Json, redaction: Redaction): Json {
  if (typeof value === "string") return cleanText(value, redaction);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? cleanItems(value, redaction) : cleanMembers(value, redaction);
}

function cleanItems(items: Json[], redaction: Redaction): Json[] {
  let changed: Json[] | undefined;
  items.forEach((item, index) => {
    const cleaned = clean(item, redaction);
    if (cleaned === item) return;
    changed ??= [...items];
    changed[index] = cleaned;
  });
  return changed ?? items;
}

function cleanMembers(members: JsonObject, redaction: Redaction): JsonObject {
  let changed: JsonObject | undefined;
  for (const name of Object.keys(members)) {
    const member = members[name] ?? null;
    const isSecret = redaction.hasDefaults && isSecretName(name) && isSecretValue(member);
    const cleaned = isSecret ? REDACTED : clean(member, redaction);
    if (cleaned === member) continue;
    changed ??= Object.assign(emptyObject(), members);
    changed[name] = cleaned;
  }
  return changed ?? members;
}

function cleanText(text: string, redaction: Redaction): string {
  let cleaned = text;
  if (redaction.hasDefaults && HINT.test(text)) {
    for (const pattern of PATTERNS) cleaned = cleaned.replace(pattern, REDACTED);
  }
  for (const pattern of redaction.patterns) cleaned = cleaned.replace(pattern, REDACTED);
  return cleaned;
}

function isSecretName(name: string): boolean {
  return name.length <= 24 && SECRET_KEYS.has(name.toLowerCase().replace(/[-_]/g, ""));
}

function isSecretValue(value: Json): boolean {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}
