import { describe, expect, it } from "vitest";
import { between, bounds, rangeMs, rangeName, readRange } from "./range";

const NOW = Date.parse("2026-02-01T12:00:00Z");
const [FROM, TO] = ["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"];

describe("the range in an address", () => {
  it.each([
    [{ range: "7d" }, { range: "7d" }],
    [{ range: "24h" }, {}],
    [{ range: "1y" }, {}],
    [{ range: "0h" }, {}],
    [
      { from: FROM, to: TO, range: "7d" },
      { from: FROM, to: TO },
    ],
    [{ from: TO, to: FROM }, {}],
    [{ from: "yesterday", to: TO }, {}],
    [{ from: FROM }, {}],
  ])("%j is read as %j", (given, read) => expect(readRange(given)).toEqual(read));
});

it("asks from so long before now, without an end", () => {
  expect(bounds({ range: "1h" }, NOW)).toEqual({ from: "2026-02-01T11:00:00.000Z" });
  expect(bounds({}, NOW)).toEqual({ from: "2026-01-31T12:00:00.000Z" });
  expect(bounds({ from: FROM, to: TO })).toEqual({ from: FROM, to: TO });
});

it("is never longer than the server reads", () => {
  expect(rangeMs({ range: "90000d" })).toBeLessThan(400 * 86_400_000);
});

it("has a name", () => {
  const moment = (iso: string) => iso.slice(0, 10);
  expect(rangeName({}, moment)).toBe("last 24 hours");
  expect(rangeName({ range: "1h" }, moment)).toBe("last hour");
  expect(rangeName(between(Date.parse(FROM), Date.parse(TO)), moment)).toBe("2026-01-01 – 2026-01-02");
});
