import { lazy, Suspense, useState } from "react";
import { exactCount } from "../format/format";
import { useProseMode } from "./proseMode";
import { Mark } from "./Text";
import { hasHidden, visiblePieces } from "./visible";

// Its parser is most of what the page would load, and few texts are read that way.
const Markdown = lazy(() => import("./Markdown"));

// What an eye can take in; laying out megabytes of text stops the page.
const SHOWN_CHARS = 4_000;
const STEP_CHARS = 100_000;

interface ProseProps {
  text: string;
  isMono?: boolean;
}

/** Text that a model or a user wrote: as it is, or as markdown where a reader chose that. Long ones open on request. */
export function Prose({ text, isMono = false }: ProseProps) {
  const [limit, setLimit] = useState(SHOWN_CHARS);
  const mode = useProseMode();
  const rest = text.length - limit;
  const shown = rest > 0 ? wholeCharacters(text, limit) : text;
  const plain = <Plain text={shown} />;
  return (
    <div
      dir="auto"
      className={`break-words leading-relaxed ${isMono ? "font-mono text-[11.5px]" : "text-[12.5px]"}`}
    >
      {mode === "markdown" && !isMono ? (
        <Suspense fallback={plain}>
          <Markdown text={shown} />
        </Suspense>
      ) : (
        plain
      )}
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

function Plain({ text }: { text: string }) {
  if (!hasHidden(text)) return <div className="whitespace-pre-wrap">{text}</div>;
  return (
    <div className="whitespace-pre-wrap">
      {visiblePieces(text).map((piece, at) =>
        piece.isMark ? <Mark key={at}>{piece.text}</Mark> : <span key={at}>{piece.text}</span>,
      )}
    </div>
  );
}

/** Cuts without leaving half of a character that takes two units. */
function wholeCharacters(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
