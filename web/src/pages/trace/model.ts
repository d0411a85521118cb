/** A trace as arrays in pre-order: everything the page asks for is an index or a range, so size does not matter. */

import type { ColumnsTrace } from "../../api/client";
import { preOrder } from "./preOrder";
import { findRuns } from "./runs";
import { sumUp } from "./sums";

/** Texts of which many events share each: the different ones, and the place of each event's among them. */
export interface Coded {
  values: string[];
  codes: Int32Array;
}

export interface TraceModel {
  size: number;
  /** What all event ids begin with, and how that of each row goes on; `order` has the row at each index. */
  prefix: string;
  rest: string[];
  order: Int32Array;
  /** Index of the parent, -1 at the top. */
  parent: Int32Array;
  depth: Int32Array;
  /** One past the last event below this one. */
  end: Int32Array;
  type: Coded;
  name: Coded;
  status: Coded;
  model: Coded;
  agent: Coded;
  tool: Coded;
  /** Microseconds after the start of the trace. */
  start: Float64Array;
  /** Microseconds as sent; -1 without an end. */
  duration: Float64Array;
  /** Microseconds as drawn: up to now where an event runs, 0 where it has no duration. */
  length: Float64Array;
  /** Microseconds in which nothing directly below an event was going on. */
  self: Float64Array;
  /** Tokens and dollars of an event itself; dollars NaN without a price. */
  inputTokens: Float64Array;
  outputTokens: Float64Array;
  ownCost: Float64Array;
  /** 1 where usage and cost are not in the totals: something else counts the same call. */
  uncounted: Uint8Array;
  /** Tokens and dollars of an event and all below it, each call counted once; NaN where nothing is priced. */
  tokens: Float64Array;
  cost: Float64Array;
  /** How many events failed, an event itself and all below it. */
  errors: Int32Array;
  /** The worst status of an event and all below it, as its place in `STATUSES`. */
  worst: Uint8Array;
  /** Events that are shown inside another one: a token_usage in its call. */
  folded: Uint8Array;
  /** Whether an event has rows below it. */
  opens: Uint8Array;
  /** At the first of similar siblings: how many they are, else 0. */
  run: Int32Array;
  /** The parents that have not come, by index of their child. */
  missing: Map<number, string>;
  /** Microseconds of the whole. */
  total: number;
  /** The first moment, in milliseconds since 1970. */
  originMs: number;
}

/** From best to worst. */
export const STATUSES = ["ok", "running", "lost", "error"] as const;

export function toModel(trace: ColumnsTrace, nowMs: number): TraceModel {
  const { columns } = trace;
  const { order, place, parent, depth, end } = preOrder(columns.parent);
  const size = order.length;
  const floats = (given: number[]) => {
    const moved = new Float64Array(size);
    for (let at = 0; at < size; at++) moved[at] = given[order[at] as number] as number;
    return moved;
  };
  const coded = (given: { values: string[]; codes: number[] }): Coded => {
    const codes = new Int32Array(size);
    for (let at = 0; at < size; at++) codes[at] = given.codes[order[at] as number] as number;
    return { values: given.values, codes };
  };
  const uncounted = new Uint8Array(size);
  for (const row of columns.uncounted) uncounted[place[row] as number] = 1;
  const model: TraceModel = {
    size,
    prefix: columns.event_id.prefix,
    rest: columns.event_id.rest.split("\n"),
    order,
    parent,
    depth,
    end,
    type: coded(columns.type),
    name: coded(columns.name),
    status: coded(columns.status),
    model: coded(columns.model),
    agent: coded(columns.agent_name),
    tool: coded(columns.tool_name),
    start: floats(columns.start_us),
    duration: floats(columns.duration_us),
    length: new Float64Array(size),
    self: new Float64Array(size),
    inputTokens: floats(columns.input_tokens),
    outputTokens: floats(columns.output_tokens),
    ownCost: new Float64Array(size),
    uncounted,
    tokens: new Float64Array(size),
    cost: new Float64Array(size),
    errors: new Int32Array(size),
    worst: new Uint8Array(size),
    folded: new Uint8Array(size),
    opens: new Uint8Array(size),
    run: new Int32Array(size),
    missing: new Map(
      columns.missing_parents.rows.map((row, at) => [
        place[row] as number,
        columns.missing_parents.ids[at] as string,
      ]),
    ),
    total: 0,
    originMs: Date.parse(columns.origin),
  };
  readCosts(model, coded(columns.cost_usd));
  measure(model, nowMs);
  sumUp(model);
  findRuns(model);
  return model;
}

function readCosts(model: TraceModel, cost: Coded): void {
  const amounts = cost.values.map(Number);
  for (let at = 0; at < model.size; at++) model.ownCost[at] = amounts[cost.codes[at] as number] ?? Number.NaN;
}

/** Finds how long events are drawn, and how long the whole is. */
function measure(model: TraceModel, nowMs: number): void {
  const { start, duration, length, status } = model;
  const running = status.values.indexOf("running");
  const now = (nowMs - model.originMs) * 1_000;
  for (let at = 0; at < model.size; at++) {
    const isOpen = status.codes[at] === running && (duration[at] as number) < 0;
    length[at] = Math.max(0, isOpen ? now - (start[at] as number) : (duration[at] as number));
    model.total = Math.max(model.total, (start[at] as number) + (length[at] as number));
  }
}

/** Returns an event's text in a column; empty for none. */
export function textAt({ values, codes }: Coded, at: number): string {
  return values[codes[at] as number] ?? "";
}

export function eventIdAt(model: TraceModel, at: number): string {
  return model.prefix + model.rest[model.order[at] as number];
}

const indexes = new WeakMap<TraceModel, Map<string, number>>();

/** Returns the index of an event, -1 for one that the trace does not have. */
export function indexOf(model: TraceModel, eventId: string): number {
  if (!eventId.startsWith(model.prefix)) return -1;
  let index = indexes.get(model);
  if (!index) {
    // Made at the first question: the first paint needs it for no event or for one.
    index = new Map();
    for (let at = 0; at < model.size; at++) index.set(model.rest[model.order[at] as number] as string, at);
    indexes.set(model, index);
  }
  return index.get(eventId.slice(model.prefix.length)) ?? -1;
}
