import { describe, expect, it } from "vitest";
import { findEvents, union } from "./find";
import { type Given, modelOf } from "./given";
import { eventIdAt, type TraceModel } from "./model";
import { failingSteps, nextOf, revealing, rowOf, type View, visibleRows } from "./rows";

const OPEN: View = { closed: new Set(), opened: new Set(), hiddenTypes: new Set() };
const shown = (model: TraceModel, view: View = OPEN) =>
  Array.from(visibleRows(model, view), (at) => eventIdAt(model, at));
const tool = (id: string, more: Partial<Given> = {}): Given => ({
  id,
  in: "a",
  type: "tool_call",
  name: "find",
  ...more,
});

describe("rows in view", () => {
  const model = modelOf([
    { id: "a" },
    { id: "b", in: "a" },
    { id: "c", in: "b", type: "log" },
    { id: "d", in: "a" },
    { id: "e" },
  ]);

  it("leave out what is below something closed", () => {
    expect(shown(model, { ...OPEN, closed: new Set(["b"]) })).toEqual(["a", "b", "d", "e"]);
    expect(shown(model, { ...OPEN, closed: new Set(["a", "gone"]) })).toEqual(["a", "e"]);
  });
  it("leave out hidden types, and show what is below them", () => {
    expect(shown(model, { ...OPEN, hiddenTypes: new Set(["span"]) })).toEqual(["c"]);
  });
  it("have a place for every index, or that of the row before", () => {
    const rows = visibleRows(model, { ...OPEN, closed: new Set(["b"]) });
    expect([rowOf(rows, 1), rowOf(rows, 2), rowOf(rows, 3), rowOf(rows, -1)]).toEqual([1, 1, 2, -1]);
  });
});

describe("similar siblings in a row", () => {
  const model = modelOf([
    { id: "a" },
    tool("t1"),
    tool("t2"),
    tool("t3"),
    tool("failed", { status: "error" }),
    tool("t4"),
    tool("t5"),
    { id: "z" },
  ]);

  it("are one row when they are three or more; what failed stands for itself", () => {
    expect(shown(model)).toEqual(["a", "t1", "failed", "t4", "t5", "z"]);
    expect(model.run[1]).toBe(3);
  });
  it("are shown one by one when they are opened", () => {
    expect(shown(model, { ...OPEN, opened: new Set(["t1"]) })).toEqual([
      "a",
      "t1",
      "t2",
      "t3",
      "failed",
      "t4",
      "t5",
      "z",
    ]);
  });
  it("are opened for one of them, and so is all above it", () => {
    const view = { ...OPEN, closed: new Set(["a"]) };
    expect(shown(model, view)).toEqual(["a", "z"]);
    expect(shown(model, revealing(model, view, 3))).toContain("t3");
    expect(revealing(model, OPEN, 1).opened.size).toBe(0);
  });
  it("are no run when something is below them, or when each says something else", () => {
    expect(
      shown(modelOf([{ id: "a" }, tool("t1"), tool("t2"), tool("t3"), { id: "x", in: "t2" }])),
    ).toHaveLength(5);
    const calls = [1, 2, 3].map((id) => tool(`c${id}`, { type: "model_response" }));
    expect(shown(modelOf([{ id: "a" }, ...calls]))).toHaveLength(4);
  });
});

describe("what failed", () => {
  const model = modelOf([
    { id: "a", status: "error" },
    { id: "b", in: "a", status: "error" },
    { id: "c", in: "b", type: "error" },
    { id: "d", in: "a" },
    { id: "e", in: "a", status: "error" },
  ]);

  it("began where nothing below failed", () => {
    expect([...failingSteps(model)]).toEqual([2, 4]);
  });
  it("is gone through in both directions, around the end", () => {
    const steps = failingSteps(model);
    expect([nextOf(steps, 0, 1), nextOf(steps, 2, 1), nextOf(steps, 4, 1)]).toEqual([2, 4, 2]);
    expect([nextOf(steps, 0, -1), nextOf(steps, 3, -1), nextOf(steps, 4, -1)]).toEqual([4, 2, 2]);
    expect(nextOf(new Int32Array(0), 1, 1)).toBeUndefined();
  });
});

describe("finding", () => {
  const model = modelOf([
    { id: "a-1", name: "Refund" },
    { id: "b-2", name: "other" },
    { id: "c-3", type: "log" },
  ]);

  it("looks in names without regard to case, and in ids", () => {
    expect([...findEvents(model, " refund ")]).toEqual([0]);
    expect([...findEvents(model, "B-2")]).toEqual([1]);
    expect([...findEvents(model, "LOG")]).toEqual([2]);
    expect([...findEvents(model, "  ")]).toEqual([]);
  });
  it("adds what was found in texts, in order", () => {
    expect([...union(Int32Array.of(1, 5), Int32Array.of(0, 5, 12))]).toEqual([0, 1, 5, 12]);
  });
});
