import { describe, expect, it } from "vitest";
import { hasHidden, visiblePieces } from "./visible";

const shown = (text: string) =>
  visiblePieces(text).map(({ text: piece, isMark }) => (isMark ? `<${piece}>` : piece));

describe("what cannot be seen", () => {
  it.each([
    ["a\u202eb", ["a", "<U+202E>", "b"]],
    ["\u0007bell", ["<\u2407>", "bell"]],
    ["zero\u200bwidth\u007f", ["zero", "<U+200B>", "width", "<\u2421>"]],
    ["cr\ronly, cr\r\nlf", ["cr", "<\u240d>", "only, cr\r\nlf"]],
  ])("is marked in %j, again and again", (text, pieces) => {
    expect(hasHidden(text)).toBe(true);
    expect(shown(text)).toEqual(pieces);
    expect(hasHidden(text)).toBe(true);
    expect(shown(text)).toEqual(pieces);
  });
  it.each(["plain", "tab\tline\n", "客服 ٨١", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}"])(
    "leaves %j as it is",
    (text) => {
      expect(hasHidden(text)).toBe(false);
      expect(shown(text)).toEqual([text]);
    },
  );
});
