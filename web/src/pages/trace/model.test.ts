import { describe, expect, it } from "vitest";
import type { FlatTrace } from "../../api/client";
import { ancestors, errorsOf, findEvents, toModel, visibleRows } from "./model";

interface Given {
  id: string;
  depth: number;
  type?: string;
  status?: "ok" | "error" | "running" | "lost";
  cost?: string;
  tokens?: number;
  atMs?: number;
  ms?: number | null;
}

const START_MS = Date.parse("2026-01-01T00:00:00Z");

function trace(events: Given[]): FlatTrace {
  const pick = <T>(read: (event: Given) => T) => events.map(read);
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
    metadata: {} as FlatTrace["metadata"],
    shape: "flat",
    columns: {
      event_id: pick((event) => event.id),
      parent_event_id: pick(() => null),
      type: pick((event) => event.type ?? "span"),
      name: pick((event) => `name of ${event.id}`),
      start_time: pick((event) => new Date(START_MS + (event.atMs ?? 0)).toISOString()),
      duration_ms: pick((event) => (event.ms === undefined ? 10 : event.ms)),
      status: pick((event) => event.status ?? "ok"),
      model: pick(() => ""),
      input_tokens: pick((event) => event.tokens ?? 0),
      output_tokens: pick(() => 0),
      cost_usd: pick((event) => event.cost ?? null),
      depth: pick((event) => event.depth),
      child_count: pick(() => 0),
      parent_missing: pick(() => false),
      agent_name: pick(() => ""),
      tool_name: pick(() => ""),
      step_index: pick(() => null),
    },
  };
}

const OPEN = { collapsed: new Set<string>(), hiddenTypes: new Set<string>() };

describe("a tree from columns", () => {
  const model = toModel(
    trace([
      { id: "a", depth: 0 },
      { id: "b", depth: 1 },
      { id: "c", depth: 2, status: "error" },
      { id: "d", depth: 1 },
      { id: "e", depth: 0 },
    ]),
    START_MS,
  );

  it("knows parents and ranges", () => {
    expect([...model.parent]).toEqual([-1, 0, 1, 0, -1]);
    expect([...model.end]).toEqual([4, 3, 3, 4, 5]);
    expect(ancestors(model, 2)).toEqual(["b", "a"]);
  });
  it("carries the worst status up, and nowhere else", () => {
    expect(model.worst).toEqual(["error", "error", "error", "ok", "ok"]);
    expect(errorsOf(model)).toEqual([2]);
  });
  it("leaves out what is collapsed", () => {
    expect(visibleRows(model, { ...OPEN, collapsed: new Set(["b"]) })).toEqual([0, 1, 3, 4]);
    expect(visibleRows(model, { ...OPEN, collapsed: new Set(["a"]) })).toEqual([0, 4]);
  });
  it("finds by name", () => expect(findEvents(model, "OF D")).toEqual([3]));
});

describe("cost below a parent", () => {
  it("sums calls and leaves the unpriced unknown", () => {
    const model = toModel(
      trace([
        { id: "a", depth: 0 },
        { id: "b", depth: 1, type: "model_response", cost: "0.25", tokens: 3 },
        { id: "c", depth: 1, type: "model_response", cost: "0.5", tokens: 3 },
        { id: "d", depth: 0 },
      ]),
      START_MS,
    );
    expect(model.cost[0]).toBe(0.75);
    expect(model.cost[3]).toBeNaN();
  });
  it("counts a usage inside a call once, and folds it", () => {
    const usage = (tokens: number) =>
      toModel(
        trace([
          { id: "a", depth: 0, type: "model_response", ...(tokens ? { cost: "0.25", tokens } : {}) },
          { id: "b", depth: 1, type: "token_usage", cost: "0.25", tokens: 3 },
        ]),
        START_MS,
      );
    expect(usage(3).cost[0]).toBe(0.25);
    expect(usage(0).cost[0]).toBe(0.25);
    expect(visibleRows(usage(3), OPEN)).toEqual([0]);
  });
});

it("lets what runs reach until now", () => {
  const model = toModel(
    trace([{ id: "a", depth: 0, status: "running", atMs: 100, ms: null }]),
    START_MS + 600,
  );
  expect(model.length[0]).toBe(500);
  expect(model.total).toBe(600);
});

it("holds 100,000 events", () => {
  const events = Array.from({ length: 100_000 }, (_, at) => ({ id: `e${at}`, depth: at % 150 }));
  expect(visibleRows(toModel(trace(events), START_MS), OPEN)).toHaveLength(100_000);
});
