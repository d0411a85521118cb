/** Makes visible what a reader would otherwise not see or be misled by: control characters, direction overrides. */

// Control characters but tab and line breaks; those without width or that turn the direction of what follows.
const HIDDEN = /(?![\t\n])\p{Cc}|\p{Bidi_Control}|[\u00ad\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]/u;
const EVERY_HIDDEN = new RegExp(HIDDEN, "gu");
const CONTROL_PICTURES = 0x2400;
const FIRST_PRINTABLE = 0x20;

export interface Piece {
  text: string;
  /** Whether it stands for a character that cannot be seen. */
  isMark: boolean;
}

export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** Splits a text into what is shown as it is and marks for what cannot be seen; joiners within emoji stay. */
export function visiblePieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let shownTo = 0;
  for (const { 0: hidden, index } of text.matchAll(EVERY_HIDDEN)) {
    // A carriage return before a line feed is half of a line break.
    if (hidden === "\r" && text[index + 1] === "\n") continue;
    if (index > shownTo) pieces.push({ text: text.slice(shownTo, index), isMark: false });
    pieces.push({ text: markOf(hidden.codePointAt(0) ?? 0), isMark: true });
    shownTo = index + hidden.length;
  }
  if (shownTo < text.length) pieces.push({ text: text.slice(shownTo), isMark: false });
  return pieces;
}

/** Returns the text with what cannot be seen written out, for a reader of markup that takes no pieces. */
export function withHiddenWritten(text: string): string {
  if (!hasHidden(text)) return text;
  return visiblePieces(text)
    .map((piece) => (piece.isMark ? `⟦${piece.text}⟧` : piece.text))
    .join("");
}

function markOf(code: number): string {
  if (code < FIRST_PRINTABLE) return String.fromCodePoint(CONTROL_PICTURES + code);
  if (code === 0x7f) return "\u2421";
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
