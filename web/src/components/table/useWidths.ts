import { useCallback, useState } from "react";
import type { Widths } from "./columns";

/** The widths that someone dragged columns of a table to, kept in this browser. */
export function useWidths(table: string): [Widths, (id: string, width: number | undefined) => void] {
  const key = `watchllm.widths.${table}`;
  const [widths, setWidths] = useState<Widths>(() => stored(key));
  const change = useCallback(
    (id: string, width: number | undefined) =>
      setWidths((before) => {
        const { [id]: _, ...others } = before;
        const next = width === undefined ? others : { ...others, [id]: Math.round(width) };
        localStorage.setItem(key, JSON.stringify(next));
        return next;
      }),
    [key],
  );
  return [widths, change];
}

function stored(key: string): Widths {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    const entries = Object.entries(found ?? {}).filter(([, width]) => typeof width === "number");
    return Object.fromEntries(entries);
  } catch {
    // What is not ours to read is as good as nothing.
    return {};
  }
}
