import { describe, expect, it } from "vitest";
import { apiFilter } from "./compile";
import { parseFilter } from "./parse";
import { placeAt, taken } from "./place";
import { filterText } from "./text";
import { allOf, type Fields, type Filter, withCondition } from "./tree";

const TRACES: Fields = new Map([
  ["trace_id", "text"],
  ["name", "text"],
  ["status", "text"],
  ["type", "list"],
  ["model", "list"],
  ["tags", "list"],
  ["user_id", "text"],
  ["start_time", "time"],
  ["duration_ms", "number"],
  ["total_tokens", "number"],
  ["total_cost_usd", "money"],
  ["text", "search"],
]);

const is = (field: string, op: string, value: unknown) => ({ field, op, value }) as Filter;

const CASES: [string, Filter, string?][] = [
  ["status:error", is("status", "=", "error")],
  ["-status:error", is("status", "!=", "error")],
  ["status!=error", is("status", "!=", "error"), "-status:error"],
  ["model:gpt-4o,claude-3.5", is("model", "in", ["gpt-4o", "claude-3.5"])],
  ["cost>0.05", is("total_cost_usd", ">", "0.05")],
  ["cost>=$1", is("total_cost_usd", ">=", "1"), "cost>=1"],
  ["duration>2s", is("duration_ms", ">", 2000)],
  ["duration<1.5s", is("duration_ms", "<", 1500)],
  ["duration>250ms", is("duration_ms", ">", 250)],
  ["duration>2m", is("duration_ms", ">", 120_000)],
  ["tokens>10k", is("total_tokens", ">", 10_000), "tokens>10000"],
  ["user:*", is("user_id", "exists", true)],
  ["-user:*", is("user_id", "exists", false)],
  ["name~agent", is("name", "contains", "agent")],
  ['name:"two words"', is("name", "=", "two words")],
  ['name:"*"', is("name", "=", "*")],
  ['"refund"', is("text", "contains", "refund")],
  ["refund", is("text", "contains", "refund"), '"refund"'],
  ['"a \\"b\\" \\\\ c"', is("text", "contains", 'a "b" \\ c')],
  ["attributes.http.route:/chat", is("attributes.http.route", "=", "/chat")],
  ["start_time>2026-01-31T12:00:00.000Z", is("start_time", ">", "2026-01-31T12:00:00.000Z")],
  ["status:error user:u_1", { and: [is("status", "=", "error"), is("user_id", "=", "u_1")] }],
  ["status:error OR user:u_1", { or: [is("status", "=", "error"), is("user_id", "=", "u_1")] }],
  [
    "status:error (user:u_1 OR tag:vip)",
    { and: [is("status", "=", "error"), { or: [is("user_id", "=", "u_1"), is("tags", "=", "vip")] }] },
  ],
  ["-(status:error user:u_1)", { not: { and: [is("status", "=", "error"), is("user_id", "=", "u_1")] } }],
  ["-cost>1", { not: is("total_cost_usd", ">", "1") }],
  ["日本語", is("text", "contains", "日本語"), '"日本語"'],
];

describe("the text of a filter", () => {
  it.each(CASES)("%s is read", (text, filter) => {
    expect(parseFilter(text, TRACES)).toEqual({ filter, problem: undefined });
  });
  it.each(CASES)("%s is written", (text, filter, written) => {
    expect(filterText(filter)).toBe(written ?? text);
  });
  it("filters nothing when it is empty", () => {
    expect(parseFilter("  ", TRACES)).toEqual({ filter: undefined, problem: undefined });
    expect(filterText(undefined)).toBe("");
  });
  it.each([
    ["stauts:error", /no field stauts/],
    ["status:", /needs a value/],
    ["cost>much", /an amount/],
    ["duration>2y", /a duration/],
    ["status>error", /cannot be compared/],
    ["(status:error", /not closed/],
    ["status:error)", /no \(/],
    ["status:error OR", /missing/],
    ["cost>1,2", /colon/],
  ])("%s says what is wrong", (text, problem) => {
    const parsed = parseFilter(text, TRACES);
    expect(parsed.filter).toBeUndefined();
    expect(parsed.problem).toMatch(problem);
  });
});

describe("a filter for the API", () => {
  it("looks for a word in texts, names and ids", () => {
    const filter = JSON.parse(apiFilter(is("text", "contains", "u_1"), "traces", TRACES) ?? "");
    expect(filter.or.map((part: { field: string }) => part.field)).toEqual([
      "text",
      "name",
      "trace_id",
      "session_id",
      "user_id",
    ]);
  });
  it("leaves everything else as it is", () => {
    const filter: Filter = { not: { or: [is("status", "=", "ok"), is("name", "=", "a")] } };
    expect(JSON.parse(apiFilter(filter, "traces", TRACES) ?? "")).toEqual(filter);
  });
});

describe("the place of the caret", () => {
  it("is a field at the start of a word", () => {
    expect(placeAt("status:error mo", 15, TRACES)).toEqual({
      kind: "field",
      prefix: "mo",
      start: 13,
      end: 15,
    });
  });
  it("is a value after the sign, also among several", () => {
    const place = placeAt("model:gpt-4o,cl", 15, TRACES);
    expect(place).toMatchObject({ kind: "value", field: "model", prefix: "cl", start: 13, end: 15 });
    expect(place && taken("model:gpt-4o,cl", place, "claude 3")).toEqual({
      text: 'model:gpt-4o,"claude 3" ',
      caret: 24,
    });
  });
  it("is nowhere inside quotes", () => expect(placeAt('"refund', 4, TRACES)).toBeUndefined());
});

describe("joining", () => {
  it("keeps what there is", () => {
    const [a, b] = [is("status", "=", "ok"), is("name", "=", "a")];
    expect(allOf(undefined, a)).toEqual(a);
    expect(allOf({ and: [a] }, b)).toEqual({ and: [a, b] });
  });
  it("replaces a condition on the same field", () => {
    const ok = { field: "status", op: "=", value: "ok" } as const;
    expect(withCondition(parseFilter("status:error user:u_1", TRACES).filter, ok)).toEqual({
      and: [is("user_id", "=", "u_1"), ok],
    });
  });
});
