/** Which events have a row, given what is closed, opened and hidden. */

import { eventIdAt, indexOf, type TraceModel, textAt } from "./model";
import { endOfRun, runOf } from "./runs";

export interface View {
  /** Ids of events whose children are out of sight. */
  closed: ReadonlySet<string>;
  /** Ids of the first events of runs that are shown one by one. */
  opened: ReadonlySet<string>;
  hiddenTypes: ReadonlySet<string>;
}

/** Returns the indexes of the rows in view, ascending. */
export function visibleRows(model: TraceModel, view: View): Int32Array {
  const closed = marked(model, view.closed);
  const opened = marked(model, view.opened);
  const isHidden = model.type.values.map((name) => view.hiddenTypes.has(name));
  const rows = new Int32Array(model.size);
  let count = 0;
  for (let at = 0; at < model.size; ) {
    if (!model.folded[at] && !isHidden[model.type.codes[at] as number]) rows[count++] = at;
    if (model.run[at] && !opened[at]) at = endOfRun(model, at);
    else at = closed[at] ? (model.end[at] as number) : at + 1;
  }
  return rows.subarray(0, count);
}

function marked(model: TraceModel, ids: ReadonlySet<string>): Uint8Array {
  const marks = new Uint8Array(model.size);
  for (const id of ids) {
    const at = indexOf(model, id);
    if (at >= 0) marks[at] = 1;
  }
  return marks;
}

/** Returns the place of an event among ascending rows; of the last row before it, when it has none. */
export function rowOf(rows: Int32Array, at: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns the view in which an event has a row: nothing above it closed, its run opened, its type shown. */
export function revealing(model: TraceModel, view: View, at: number): View {
  const closed = new Set(view.closed);
  for (let above = model.parent[at] as number; above >= 0; above = model.parent[above] as number) {
    closed.delete(eventIdAt(model, above));
  }
  const opened = new Set(view.opened);
  const first = runOf(model, at);
  if (first >= 0 && first !== at) opened.add(eventIdAt(model, first));
  const hiddenTypes = new Set(view.hiddenTypes);
  hiddenTypes.delete(textAt(model.type, at));
  return { closed, opened, hiddenTypes };
}

/** Returns the indexes of the events at which something began to fail: nothing below them did. */
export function failingSteps(model: TraceModel): Int32Array {
  const found: number[] = [];
  for (let at = 0; at < model.size; at++) {
    if (model.errors[at] !== 1) continue;
    const isOwn = textAt(model.status, at) === "error" || textAt(model.type, at) === "error";
    if (isOwn) found.push(at);
  }
  return Int32Array.from(found);
}

/** Returns the next of some ascending indexes after (or before) one, around the end; undefined for none. */
export function nextOf(among: Int32Array, at: number, by: 1 | -1): number | undefined {
  if (among.length === 0) return undefined;
  const before = rowOf(among, at);
  const next = by > 0 ? before + 1 : among[before] === at ? before - 1 : before;
  return among[(next + among.length) % among.length];
}
