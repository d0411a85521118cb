import { expect, it } from "vitest";
import { readDashboardSearch } from "./dashboardSearch";

it("keeps what is known, and leaves out what is usual", () => {
  const search = { range: "7d", q: "status:error", by: "type", sort: "-errors" } as const;
  expect(readDashboardSearch(search)).toEqual(search);
  expect(readDashboardSearch({ by: "model", sort: "-total_cost_usd", q: "" })).toEqual({});
  expect(readDashboardSearch({ by: "session_id", sort: "name" })).toEqual({});
});
