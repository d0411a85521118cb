import { describe, expect, it } from "vitest";
import { columnsTrace, modelOf, START_MS } from "./given";
import { eventIdAt, indexOf, toModel } from "./model";

const ids = (model: ReturnType<typeof modelOf>) =>
  Array.from({ length: model.size }, (_, at) => eventIdAt(model, at));

describe("a tree from rows in order of start", () => {
  const model = modelOf([
    { id: "a" },
    { id: "late root" },
    { id: "b", in: "a" },
    { id: "d", in: "a" },
    { id: "c", in: "b", status: "error" },
  ]);

  it("is in pre-order, with parents, ranges and depths", () => {
    expect(ids(model)).toEqual(["a", "b", "c", "d", "late root"]);
    expect([...model.parent]).toEqual([-1, 0, 1, 0, -1]);
    expect([...model.end]).toEqual([4, 3, 3, 4, 5]);
    expect([...model.depth]).toEqual([0, 1, 2, 1, 0]);
  });
  it("carries errors up, and nowhere else", () => {
    expect([...model.errors]).toEqual([1, 1, 1, 0, 0]);
    expect([...model.worst]).toEqual([3, 3, 3, 0, 0]);
  });
  it("finds events by id", () => {
    expect(indexOf(model, "d")).toBe(3);
    expect(indexOf(model, "nobody")).toBe(-1);
  });
  it("puts what all ids begin with before each", () => {
    const trace = columnsTrace([{ id: "1" }, { id: "2" }]);
    trace.columns.event_id.prefix = "trace-";
    const prefixed = toModel(trace, START_MS);
    expect(ids(prefixed)).toEqual(["trace-1", "trace-2"]);
    expect([indexOf(prefixed, "trace-2"), indexOf(prefixed, "2")]).toEqual([1, -1]);
  });
});

describe("sums below a parent", () => {
  it("are of counted calls; what is not priced stays unknown", () => {
    const model = modelOf([
      { id: "a", tokens: 99, cost: "9" },
      { id: "b", in: "a", type: "model_response", cost: "0.25", tokens: 3 },
      { id: "c", in: "a", type: "model_response", cost: "0.5", tokens: 4, isUncounted: true },
      { id: "d" },
    ]);
    expect(model.cost[0]).toBe(0.25);
    expect(model.tokens[0]).toBe(3);
    expect(model.cost[3]).toBeNaN();
  });
  it("fold a usage into its call", () => {
    const model = modelOf([
      { id: "a", type: "model_response" },
      { id: "b", in: "a", type: "token_usage", cost: "0.25", tokens: 3 },
    ]);
    expect([model.cost[0], model.folded[1], model.opens[0]]).toEqual([0.25, 1, 0]);
  });
});

describe("time", () => {
  it("of an event itself is what its children leave, where they overlap once", () => {
    const model = modelOf([
      { id: "a", atMs: 0, ms: 100 },
      { id: "b", in: "a", atMs: 10, ms: 40 },
      { id: "c", in: "a", atMs: 30, ms: 40 },
      { id: "d", in: "a", atMs: 90, ms: 400 },
    ]);
    expect(model.self[0]).toBe(30_000);
  });
  it("of what runs reaches until now", () => {
    const model = modelOf([{ id: "a", status: "running", atMs: 100, ms: null }], START_MS + 600);
    expect([model.length[0], model.total]).toEqual([500_000, 600_000]);
  });
});

it("holds 100,000 events in one line, each below the one before", () => {
  const trace = columnsTrace([{ id: "a" }]);
  const size = 100_000;
  const same = (value: number) => new Array<number>(size).fill(value);
  const { columns } = trace;
  columns.event_id.rest = Array.from({ length: size }, (_, at) => `e${at}`).join("\n");
  columns.parent = Array.from({ length: size }, (_, at) => at - 1);
  for (const name of ["type", "name", "status", "model", "agent_name", "tool_name"] as const)
    columns[name].codes = same(0);
  columns.cost_usd.codes = same(-1);
  columns.start_us = columns.duration_us = columns.input_tokens = columns.output_tokens = same(1);
  const model = toModel(trace, START_MS);
  expect([model.size, model.depth.at(-1), model.end[0]]).toEqual([size, size - 1, size]);
});
