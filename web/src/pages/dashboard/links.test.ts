import { expect, it } from "vitest";
import { groupTerm, listLink } from "./links";

it("leads to the events of a group", () => {
  expect(groupTerm("model", "gpt-4o mini")).toBe('model:"gpt-4o mini"');
  expect(groupTerm("tag", "vip")).toBe("tag:vip");
  expect(groupTerm("user_id", null)).toBe("-user:*");
});

it("takes filter and range along", () => {
  const search = { range: "7d", q: "env:prod", by: "model" } as const;
  expect(listLink(search, { sort: "-total_cost_usd" }, "model:gpt-4o")).toEqual({
    range: "7d",
    sort: "-total_cost_usd",
    q: "env:prod model:gpt-4o",
  });
});
