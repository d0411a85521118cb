import { describe, expect, it } from "vitest";
import { DEFAULT_SEARCH, nextSort, readTraceSearch, traceFilter } from "./traceSearch";

describe("the address of a list", () => {
  it("falls back to the default for what is not understood", () => {
    expect(readTraceSearch({ range: "1y", sort: "-name", status: "odd", text: " " })).toEqual(DEFAULT_SEARCH);
  });
  it("keeps what is known", () => {
    const search = { range: "7d", sort: "total_cost_usd", status: "error", text: "refund" };
    expect(readTraceSearch(search)).toEqual(search);
  });
});

describe("the filter", () => {
  it("is left out when nothing is filtered", () => expect(traceFilter(DEFAULT_SEARCH)).toBeUndefined());
  it("joins the conditions", () => {
    const filter = JSON.parse(traceFilter({ ...DEFAULT_SEARCH, status: "error", text: 'a"b' }) ?? "");
    expect(filter.and).toHaveLength(2);
    expect(filter.and[1].or[0]).toEqual({ field: "name", op: "contains", value: 'a"b' });
  });
});

it("sorts descending first", () => {
  expect(nextSort("duration_ms", "-start_time")).toBe("-duration_ms");
  expect(nextSort("duration_ms", "-duration_ms")).toBe("duration_ms");
});
