import { describe, expect, it } from "vitest";
import { nextSort, readListSearch } from "./listSearch";

describe("the address of a list", () => {
  it("leaves out what is not understood, and what is usual", () => {
    const given = { range: "1y", sort: "-name", q: " ", of: "spans", columns: "a;b", live: "on" };
    expect(readListSearch(given)).toEqual({});
    expect(readListSearch({ range: "24h", sort: "-start_time" })).toEqual({});
  });
  it("keeps what is known", () => {
    const search = {
      range: "7d",
      sort: "total_cost_usd",
      q: "status:error",
      columns: "name,cost",
      live: "off",
    };
    expect(readListSearch(search)).toEqual(search);
  });
  it("sorts events by time alone", () => {
    expect(readListSearch({ of: "events", sort: "-total_cost_usd" })).toEqual({ of: "events" });
  });
});

it("sorts descending first", () => {
  expect(nextSort("duration_ms", "-start_time")).toBe("-duration_ms");
  expect(nextSort("duration_ms", "-duration_ms")).toBe("duration_ms");
});
