import { expect, it } from "vitest";
import type { TraceRow } from "./client";
import { liveAddress, withRows } from "./live";

const row = (trace_id: string, start_time: string, event_count = 1) =>
  ({ trace_id, start_time, event_count }) as TraceRow;
const pages = (...lists: TraceRow[][]) => ({
  pages: lists.map((data) => ({ data, next_cursor: null, from: "", to: "", note: null })),
  pageParams: lists.map(() => null),
});
const ids = (given: ReturnType<typeof withRows>) =>
  given.pages.map((page) => page.data.map((one) => `${one.trace_id}${one.event_count}`).join());

const before = pages([row("b", "12:02"), row("a", "12:01")], [row("z", "11:00")]);

it("puts a trace that is new to the list at its time", () => {
  expect(ids(withRows(before, [row("c", "12:03")]))).toEqual(["c1,b1,a1", "z1"]);
  expect(ids(withRows(before, [row("late", "12:01:30")]))).toEqual(["b1,late1,a1", "z1"]);
});

it("puts a trace that has changed into its place, on every page", () => {
  expect(ids(withRows(before, [row("a", "12:01", 7), row("z", "11:00", 9)]))).toEqual(["b1,a7", "z9"]);
});

it("asks for the traces of the filter", () => {
  expect(liveAddress("p", undefined)).toBe("/api/v1/live?project_id=p");
  expect(liveAddress("p", '{"field":"x"}')).toContain("filter=%7B%22field%22");
});
