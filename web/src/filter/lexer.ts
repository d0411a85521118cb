/** Cuts the text of a filter into tokens, each with its place, so that suggestions know where the caret is. */

export type TextOperator = ":" | "!=" | "<" | "<=" | ">" | ">=" | "~";

export interface Value {
  text: string;
  isQuoted: boolean;
  start: number;
  end: number;
}

export type Token =
  | { kind: "open" | "close" | "minus" | "or"; start: number; end: number }
  | {
      kind: "term";
      name: string;
      op: TextOperator;
      values: Value[];
      start: number;
      end: number;
      isOpen: boolean;
    }
  | { kind: "text"; value: Value; start: number; end: number };

const NAME = /[\p{L}_][\p{L}\p{N}_.@/-]*/uy;
const OPERATOR = /!=|<=|>=|[:=<>~]/y;

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (/\s/.test(char)) at += 1;
    else {
      const token = single(text, at) ?? term(text, at) ?? plain(text, at);
      found.push(token);
      at = token.end;
    }
  }
  return found;
}

function single(text: string, start: number): Token | undefined {
  const char = text[start];
  const end = start + 1;
  if (char === "(") return { kind: "open", start, end };
  if (char === ")") return { kind: "close", start, end };
  if (char === "-" && end < text.length && !/\s/.test(text[end] ?? "")) return { kind: "minus", start, end };
  if (/^OR(?=\s|$)/.test(text.slice(start))) return { kind: "or", start, end: start + 2 };
  return undefined;
}

function term(text: string, start: number): Token | undefined {
  const name = matchAt(NAME, text, start);
  if (!name) return undefined;
  const operator = matchAt(OPERATOR, text, start + name.length);
  if (!operator) return undefined;
  const values: Value[] = [];
  let at = start + name.length + operator.length;
  do {
    if (text[at] === "," && values.length) at += 1;
    const value = valueAt(text, at);
    values.push(value);
    at = value.end;
  } while (text[at] === ",");
  const op = (operator === "=" ? ":" : operator) as TextOperator;
  return { kind: "term", name, op, values, start, end: at, isOpen: values.at(-1)?.start === at };
}

function plain(text: string, start: number): Token {
  const value = valueAt(text, start, /[\s()]/);
  // A lone comma is a word too: the lexer always moves on.
  const end = Math.max(value.end, start + 1);
  return { kind: "text", value: { ...value, end }, start, end };
}

function valueAt(text: string, start: number, ends = /[\s(),]/): Value {
  if (text[start] === '"') return quotedAt(text, start);
  let end = start;
  while (end < text.length && !ends.test(text[end] as string)) end += 1;
  return { text: text.slice(start, end), isQuoted: false, start, end };
}

function quotedAt(text: string, start: number): Value {
  let at = start + 1;
  let inner = "";
  while (at < text.length && text[at] !== '"') {
    if (text[at] === "\\" && at + 1 < text.length) at += 1;
    inner += text[at];
    at += 1;
  }
  return { text: inner, isQuoted: true, start, end: Math.min(at + 1, text.length) };
}

function matchAt(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}
