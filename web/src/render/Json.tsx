import { Search } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { Copy } from "../components/Copy";
import { exactCount } from "../format/format";
import { JsonNode } from "./JsonNode";
import { findPaths } from "./jsonPaths";

// A smaller value is seen whole; a field to search it would be larger than it.
const SEARCHED_CHARS = 600;

/** A JSON value as a tree that opens and closes, with a search in its keys and values. */
export function Json({ value }: { value: unknown }) {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const isTree = typeof value === "object" && value !== null;
  const written = useMemo(() => JSON.stringify(value, null, 2) ?? "", [value]);
  const found = useMemo(() => (wanted ? findPaths(value, wanted) : null), [value, wanted]);
  return (
    <div className="min-w-0 font-mono text-[11.5px] leading-relaxed">
      <div className="float-right flex items-center gap-1 pl-2">
        {isTree && written.length > SEARCHED_CHARS ? (
          <label className="relative flex items-center">
            <Search className="pointer-events-none absolute left-1 size-3 text-faint" aria-hidden />
            <input
              type="search"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
              aria-label="Search in this JSON"
              placeholder="search"
              className="w-28 rounded-[4px] border border-line bg-panel py-px pr-1 pl-5 font-sans text-[11px] placeholder:text-faint"
            />
          </label>
        ) : null}
        {found ? (
          <span className="px-1 font-sans text-[11px] text-dim" aria-live="polite">
            {exactCount(found.matches.size)}
            {found.isCut ? "+" : ""} found
          </span>
        ) : null}
        <Copy text={written} label="Copy the JSON" />
      </div>
      <JsonNode name={null} value={value} path="" depth={0} found={found} />
    </div>
  );
}
