/** Finds events by what the page knows of them: names, models, tools, agents, ids. */

import type { Coded, TraceModel } from "./model";

/** Returns the ascending indexes of the events that have the text in one of their names or in their id. */
export function findEvents(model: TraceModel, text: string): Int32Array {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return new Int32Array(0);
  const hits = new Uint8Array(model.size);
  for (const column of [model.name, model.model, model.tool, model.agent, model.type])
    mark(column, wanted, hits);
  markIds(model, wanted, hits);
  return indexesOf(hits);
}

/** Each different text is looked at once, however many events have it. */
function mark({ values, codes }: Coded, wanted: string, hits: Uint8Array): void {
  const isHit = values.map((value) => value.toLowerCase().includes(wanted));
  if (!isHit.includes(true)) return;
  for (let at = 0; at < codes.length; at++) if (isHit[codes[at] as number]) hits[at] = 1;
}

/** What all ids begin with is no way to tell them apart, so only the rest is looked at. */
function markIds({ rest, order, prefix, size }: TraceModel, wanted: string, hits: Uint8Array): void {
  const start = prefix.toLowerCase();
  const inRest = wanted.startsWith(start) ? wanted.slice(start.length) : wanted;
  if (!inRest) return;
  for (let at = 0; at < size; at++) {
    if (!hits[at] && (rest[order[at] as number] as string).toLowerCase().includes(inRest)) hits[at] = 1;
  }
}

/** Returns where a mark is set. */
export function indexesOf(marks: Uint8Array): Int32Array {
  let count = 0;
  for (const mark of marks) count += mark;
  const found = new Int32Array(count);
  let next = 0;
  for (let at = 0; at < marks.length; at++) if (marks[at]) found[next++] = at;
  return found;
}

/** Returns the union of two ascending lists. */
export function union(one: Int32Array, other: Int32Array): Int32Array {
  if (other.length === 0) return one;
  return Int32Array.from(new Set([...one, ...other])).sort();
}
