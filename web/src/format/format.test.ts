import { describe, expect, it } from "vitest";
import {
  age,
  change,
  count,
  dollars,
  duration,
  exactDollars,
  fieldMoment,
  fromFieldMoment,
  moment,
  percent,
  toMs,
  usageName,
} from "./format";

describe("durations", () => {
  it.each([
    [null, "–"],
    [0, "0 ms"],
    [0.42, "0.42 ms"],
    [840.4, "840 ms"],
    [1_000, "1.00 s"],
    [12_400, "12.4 s"],
    [59_960, "1 m 00 s"],
    [185_000, "3 m 05 s"],
    [7_440_000, "2 h 04 m"],
  ])("%s ms is %s", (ms, shown) => expect(duration(ms)).toBe(shown));
});

describe("counts", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [8_100, "8.1 k"],
    [91_000, "91 k"],
    [999_999, "1 M"],
    [1_240_000, "1.24 M"],
  ])("%s is %s", (value, shown) => expect(count(value)).toBe(shown));
});

describe("dollars", () => {
  it.each([
    [null, "–"],
    ["0", "$0"],
    ["0.0042", "$0.0042"],
    ["0.042", "$0.042"],
    ["0.9123", "$0.912"],
    ["12.345", "$12.35"],
    ["1234.5", "$1,235"],
    ["0.0000004", "<$0.000001"],
  ])("%s is %s", (amount, shown) => expect(dollars(amount)).toBe(shown));

  it("shows every digit on hover", () => expect(exactDollars("0.0041234567")).toBe("$0.0041234567"));
  it("never calls an unpriced call free", () => expect(exactDollars(null)).toBe("not priced"));
});

describe("times", () => {
  it("keeps microseconds", () => expect(toMs("2026-01-02T03:04:05.123456Z") % 1).toBeCloseTo(0.456, 3));
  it("shows the time since", () => {
    const now = Date.parse("2026-01-02T03:04:05Z");
    expect(age("2026-01-02T03:03:53Z", now)).toBe("12 s");
    expect(age("2026-01-01T22:04:05Z", now)).toBe("5 h");
    expect(age("2026-01-02T03:04:09Z", now)).toBe("0 s");
  });
  it("shows UTC", () =>
    expect(moment("2026-01-02T03:04:05.123456Z", "utc")).toBe("2026-01-02 03:04:05.123 UTC"));
});

it("names usage keys", () => expect(usageName("cache_read_tokens")).toBe("cache read"));

describe("counts in full thousands", () => {
  it.each([
    [100_000, "100 k"],
    [500_000, "500 k"],
    [10_000_000, "10 M"],
  ])("%d is %s", (value, text) => expect(count(value)).toBe(text));
});

describe("a change", () => {
  it.each([
    [124, 100, "+24 %"],
    [97, 100, "−3 %"],
    [100, 100, "±0 %"],
    [410, 100, "×4.1"],
    [1_200, 100, "×12"],
  ])("from %d to %d", (now, before, text) => expect(change(now, before)).toBe(text));
  it("is none from nothing", () => expect(change(3, 0)).toBeNull());
});

it("writes shares with a digit that says something", () => {
  expect(percent(0.0042)).toBe("0.4 %");
  expect(percent(0.12)).toBe("12 %");
  expect(percent(0)).toBe("0 %");
});

it("gives a field for moments back what it holds, in both zones", () => {
  for (const zone of ["utc", "local"] as const) {
    expect(fromFieldMoment(fieldMoment("2026-01-31T12:34:56.000Z", zone), zone)).toBe(
      Date.parse("2026-01-31T12:34:56Z"),
    );
  }
});
