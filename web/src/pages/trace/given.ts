/** Makes traces for tests, as the server would answer them. */

import type { ColumnsTrace } from "../../api/client";
import { type TraceModel, toModel } from "./model";

export interface Given {
  id: string;
  /** The id of the parent, which comes before. */
  in?: string;
  type?: string;
  name?: string;
  status?: "ok" | "error" | "running" | "lost";
  cost?: string;
  tokens?: number;
  atMs?: number;
  /** Null without an end. */
  ms?: number | null;
  isUncounted?: boolean;
}

export const START_MS = Date.parse("2026-01-01T00:00:00Z");

export function columnsTrace(events: Given[]): ColumnsTrace {
  const pick = <T>(read: (event: Given, at: number) => T) => events.map(read);
  const coded = (texts: (string | null)[]) => {
    const values = [...new Set(texts)].filter((text) => text !== null);
    return { values, codes: texts.map((text) => (text === null ? -1 : values.indexOf(text))) };
  };
  const rows = new Map(events.map(({ id }, at) => [id, at]));
  return {
    trace_id: "t",
    project_id: "p",
    name: "agent",
    start_time: "2026-01-01T00:00:00.000000Z",
    end_time: "2026-01-01T00:00:01.000000Z",
    duration_ms: 1_000,
    status: "ok",
    event_count: events.length,
    error_count: 0,
    total_tokens: 0,
    total_cost_usd: null,
    metadata: {} as ColumnsTrace["metadata"],
    shape: "columns",
    columns: {
      event_id: { prefix: "", rest: pick((event) => event.id).join("\n") },
      parent: pick((event) => (event.in === undefined ? -1 : (rows.get(event.in) ?? -1))),
      missing_parents: { rows: [], ids: [] },
      type: coded(pick((event) => event.type ?? "span")),
      name: coded(pick((event) => event.name ?? `name of ${event.id}`)),
      status: coded(pick((event) => event.status ?? "ok")),
      model: coded(pick(() => "")),
      agent_name: coded(pick(() => "")),
      tool_name: coded(pick(() => "")),
      origin: "2026-01-01T00:00:00.000000Z",
      start_us: pick((event, at) => (event.atMs ?? at) * 1_000),
      duration_us: pick(({ ms }) => (ms === null ? -1 : (ms ?? 10) * 1_000)),
      input_tokens: pick((event) => event.tokens ?? 0),
      output_tokens: pick(() => 0),
      cost_usd: coded(pick((event) => event.cost ?? null)),
      step_index: [],
      uncounted: pick((event, at) => (event.isUncounted ? at : -1)).filter((at) => at >= 0),
    },
  };
}

export function modelOf(events: Given[], nowMs = START_MS): TraceModel {
  return toModel(columnsTrace(events), nowMs);
}
