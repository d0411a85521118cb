import { describe, expect, it } from "vitest";
import { greatestOf, labelled, linePath, lonely, type Series, stacked, ticks } from "./scale";

const series = (...values: (number | null)[]): Series => ({ key: "a", label: "a", color: "", values });

describe("ticks", () => {
  it.each([
    [0, [0, 1]],
    [3, [0, 1, 2, 3]],
    [10, [0, 5, 10]],
    [0.05, [0, 0.02, 0.04, 0.06]],
    [97, [0, 50, 100]],
    [1_234, [0, 500, 1_000, 1_500]],
  ])("up to %d are %j", (greatest, expected) => expect(ticks(greatest)).toEqual(expected));
  it("always hold the greatest", () => {
    for (const value of [0.000_013, 7, 29.9, 30, 333, 1e9]) {
      expect(ticks(value).at(-1)).toBeGreaterThanOrEqual(value);
    }
  });
});

it("stacks series, and a missing value is nothing", () => {
  const both = [series(1, null, 3), series(2, 5, null)];
  expect(stacked(both)[1]).toEqual([
    [1, 3],
    [0, 5],
    [3, 3],
  ]);
  expect(greatestOf(both, true)).toBe(5);
  expect(greatestOf(both, false)).toBe(5);
  expect(greatestOf([], true)).toBe(0);
});

it("labels as many times as there is room for", () => {
  expect(labelled(60, 600, 100)).toEqual([5, 15, 25, 35, 45, 55]);
  expect(labelled(3, 600, 100)).toEqual([0, 1, 2]);
});

it("begins a line anew after a gap", () => {
  const path = linePath(
    [1, 2, null, 4, 5],
    (at) => at,
    (value) => value,
  );
  expect(path).toBe("M0.0 1.0L1.0 2.0M3.0 4.0L4.0 5.0");
});

it("knows the values that no line would show", () => {
  expect(lonely([1, null, 2, 3, null, 4])).toEqual([0, 5]);
});
