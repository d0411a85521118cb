import clsx from "clsx";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { RANGES, type Range, type TraceSearch } from "../../api/traceSearch";

// A pause in typing; every letter would ask the server.
const TYPING_MS = 250;

interface ToolbarProps {
  search: TraceSearch;
  onChange: (next: Partial<TraceSearch>) => void;
  isLive: boolean;
}

/** What is shown of the list: text, status, range. */
export function Toolbar({ search, onChange, isLive }: ToolbarProps) {
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
      <TextField value={search.text ?? ""} onChange={(text) => onChange({ text })} />
      <div role="group" aria-label="Status" className="flex rounded-box border border-line bg-panel p-0.5">
        {([undefined, "error", "running", "ok"] as const).map((status) => (
          <button
            key={status ?? "any"}
            type="button"
            aria-pressed={search.status === status}
            onClick={() => onChange({ status })}
            className={clsx(
              "rounded-[4px] px-2 py-0.5 text-xs",
              search.status === status ? "bg-sunken font-medium" : "text-dim hover:text-text",
            )}
          >
            {status ?? "all"}
          </button>
        ))}
      </div>
      <select
        aria-label="Time range"
        value={search.range}
        onChange={(event) => onChange({ range: event.target.value as Range })}
        className="ml-auto rounded-box border border-line bg-panel px-2 py-1 text-xs"
      >
        {Object.entries(RANGES).map(([range, name]) => (
          <option key={range} value={range}>
            {name}
          </option>
        ))}
      </select>
      <span className={clsx("flex items-center gap-1.5 text-xs", isLive ? "text-dim" : "text-warning")}>
        <span className={clsx("size-2 rounded-full", isLive ? "bg-ok" : "bg-warning")} aria-hidden />
        {isLive ? "live" : "offline"}
      </span>
    </div>
  );
}

function TextField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key !== "/" || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  return (
    <div className="relative w-80 max-w-[40vw]">
      <Search className="pointer-events-none absolute top-1.5 left-2 size-3.5 text-faint" aria-hidden />
      <input
        ref={field}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="name, first line, user, session, trace id   /"
        aria-label="Search traces"
        className="w-full rounded-box border border-line bg-panel py-1 pr-2 pl-7 text-xs placeholder:text-faint"
      />
    </div>
  );
}
