import { useMemo } from "react";
import { count, exactCount } from "../../../format/format";
import { contextParts } from "./context";

const COLORS: Record<string, string> = {
  system: "bg-message",
  tools: "bg-tool",
  history: "bg-faint",
  new: "bg-accent",
};

interface ContextBarProps {
  messages: readonly unknown[];
  knownCount: number | undefined;
}

/** What the context is made of, by characters. */
export function ContextBar({ messages, knownCount }: ContextBarProps) {
  const parts = useMemo(() => contextParts(messages, knownCount), [messages, knownCount]);
  const total = parts.reduce((sum, part) => sum + part.chars, 0);
  if (total === 0) return null;
  return (
    <div className="flex items-center gap-3 border-line border-b px-3 py-1.5 text-[11px] text-dim">
      <span className="flex h-2 w-28 shrink-0 overflow-hidden rounded-[2px]" aria-hidden>
        {parts.map(({ name, chars }) => (
          <span key={name} className={COLORS[name]} style={{ width: `${(100 * chars) / total}%` }} />
        ))}
      </span>
      <span className="flex min-w-0 gap-3 overflow-hidden whitespace-nowrap tabular-nums">
        {parts.map(({ name, chars }) => (
          <span key={name} className="flex items-center gap-1" title={`${exactCount(chars)} characters`}>
            <span className={`size-2 rounded-[2px] ${COLORS[name]}`} aria-hidden />
            {name} {count(chars)}
          </span>
        ))}
      </span>
    </div>
  );
}
