import { useState } from "react";
import { exactCount } from "../format/format";

// What an eye can take in; laying out megabytes of text stops the page.
const SHOWN_CHARS = 4_000;
const STEP_CHARS = 100_000;

/** Text that a model or a user wrote, shown as text: never as markup. Long ones open on request. */
export function Prose({ text, isMono = false }: { text: string; isMono?: boolean }) {
  const [limit, setLimit] = useState(SHOWN_CHARS);
  const rest = text.length - limit;
  return (
    <div
      className={`whitespace-pre-wrap break-words leading-relaxed ${isMono ? "font-mono text-[11.5px]" : "text-[12.5px]"}`}
    >
      {rest > 0 ? text.slice(0, limit) : text}
      {rest > 0 ? (
        <button
          type="button"
          onClick={() => setLimit(limit + STEP_CHARS)}
          className="ml-1 rounded-[4px] bg-sunken px-1.5 text-dim text-xs hover:text-text"
        >
          … {exactCount(rest)} more characters
        </button>
      ) : null}
    </div>
  );
}
