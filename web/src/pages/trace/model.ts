/** A trace as arrays in pre-order: everything the page asks for is an index or a range, so size does not matter. */

import type { FlatTrace } from "../../api/client";
import type { Status } from "../../components/Status";
import { toMs } from "../../format/format";

export interface TraceModel {
  size: number;
  columns: FlatTrace["columns"];
  /** Index of the parent, -1 at the top. */
  parent: Int32Array;
  /** One past the last event below this one. */
  end: Int32Array;
  /** Milliseconds from the start of the trace. */
  start: Float64Array;
  /** Milliseconds; 0 where an event has no duration, up to now where it runs. */
  length: Float64Array;
  /** The worst status of an event and all below it. */
  worst: Status[];
  /** Dollars of an event and all below it; NaN where nothing is priced. */
  cost: Float64Array;
  /** Events that are shown inside another one: a token_usage in its call. */
  folded: Uint8Array;
  /** Whether an event has rows below it. */
  opens: Uint8Array;
  /** Milliseconds of the whole. */
  total: number;
  indexOf: Map<string, number>;
}

const BADNESS: Record<Status, number> = { ok: 0, running: 1, lost: 2, error: 3 };

export function toModel(trace: FlatTrace, nowMs: number): TraceModel {
  const { columns } = trace;
  const size = columns.event_id.length;
  const model: TraceModel = {
    size,
    columns,
    parent: new Int32Array(size).fill(-1),
    end: new Int32Array(size),
    start: new Float64Array(size),
    length: new Float64Array(size),
    worst: columns.status.slice() as Status[],
    cost: new Float64Array(size).fill(Number.NaN),
    folded: new Uint8Array(size),
    opens: new Uint8Array(size),
    total: 0,
    indexOf: new Map(columns.event_id.map((id, at) => [id, at])),
  };
  linkParents(model);
  measure(model, toMs(trace.start_time), nowMs);
  sumUp(model);
  return model;
}

function linkParents({ size, columns, parent, end }: TraceModel): void {
  const open: number[] = [];
  for (let at = 0; at < size; at++) {
    const depth = columns.depth[at] ?? 0;
    while (open.length > depth) end[open.pop() as number] = at;
    parent[at] = open.at(-1) ?? -1;
    open.push(at);
  }
  for (const at of open) end[at] = size;
}

function measure(model: TraceModel, startMs: number, nowMs: number): void {
  const { columns, start, length } = model;
  for (let at = 0; at < model.size; at++) {
    start[at] = Math.max(0, toMs(columns.start_time[at] ?? "") - startMs);
    const isRunning = columns.status[at] === "running";
    length[at] = columns.duration_ms[at] ?? (isRunning ? Math.max(0, nowMs - startMs - (start[at] ?? 0)) : 0);
    model.total = Math.max(model.total, (start[at] ?? 0) + (length[at] ?? 0));
  }
}

/** Carries costs and statuses up, and folds usage into its call; backwards, so that children come first. */
function sumUp({ size, columns, parent, worst, cost, folded, opens }: TraceModel): void {
  for (let at = size - 1; at >= 0; at--) {
    const above = parent[at] ?? -1;
    const isUsage = columns.type[at] === "token_usage";
    if (isUsage && above >= 0 && columns.type[above] === "model_response") folded[at] = 1;
    const isCounted = folded[at] === 0 || !hasUsage(columns, above);
    const own = columns.cost_usd[at];
    if (own !== null && own !== undefined && isCounted) cost[at] = plus(cost[at], Number(own));
    if (above < 0) continue;
    if (folded[at] === 0) opens[above] = 1;
    cost[above] = plus(cost[above], cost[at]);
    const mine = worst[at] ?? "ok";
    if (BADNESS[mine] > BADNESS[worst[above] ?? "ok"]) worst[above] = mine;
  }
}

function hasUsage(columns: FlatTrace["columns"], at: number): boolean {
  return (columns.input_tokens[at] ?? 0) + (columns.output_tokens[at] ?? 0) > 0;
}

/** Adds amounts of which either may be NaN, that is unknown. */
function plus(sum: number | undefined, more: number | undefined): number {
  if (more === undefined || Number.isNaN(more)) return sum ?? Number.NaN;
  return sum === undefined || Number.isNaN(sum) ? more : sum + more;
}

export interface View {
  collapsed: ReadonlySet<string>;
  hiddenTypes: ReadonlySet<string>;
}

/** Returns the indexes of the rows in view. */
export function visibleRows(model: TraceModel, view: View): number[] {
  const rows: number[] = [];
  for (let at = 0; at < model.size; ) {
    const isHidden = model.folded[at] === 1 || view.hiddenTypes.has(model.columns.type[at] ?? "");
    if (!isHidden) rows.push(at);
    const isClosed = view.collapsed.size > 0 && view.collapsed.has(model.columns.event_id[at] ?? "");
    at = isClosed ? (model.end[at] ?? at + 1) : at + 1;
  }
  return rows;
}

/** Returns the indexes of the events whose name, model, tool or agent holds the text. */
export function findEvents({ size, columns }: TraceModel, text: string): number[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const found: number[] = [];
  for (let at = 0; at < size; at++) {
    const names = [
      columns.name[at],
      columns.model[at],
      columns.tool_name[at],
      columns.agent_name[at],
      columns.event_id[at],
    ];
    if (names.some((name) => name?.toLowerCase().includes(wanted))) found.push(at);
  }
  return found;
}

/** Returns the indexes of the events that have an error of their own. */
export function errorsOf({ size, columns }: TraceModel): number[] {
  const found: number[] = [];
  for (let at = 0; at < size; at++) if (columns.status[at] === "error") found.push(at);
  return found;
}

/** Returns the event ids above an event, so that they can be opened. */
export function ancestors(model: TraceModel, at: number): string[] {
  const ids: string[] = [];
  for (let above = model.parent[at] ?? -1; above >= 0; above = model.parent[above] ?? -1) {
    ids.push(model.columns.event_id[above] ?? "");
  }
  return ids;
}
