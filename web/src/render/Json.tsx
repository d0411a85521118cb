import { useState } from "react";
import { Copy } from "../components/Copy";
import { exactCount } from "../format/format";

// Deeper values start closed, and longer lists show their beginning: a click opens the rest.
const OPEN_DEPTH = 2;
const SHOWN_ENTRIES = 100;
const SHOWN_TEXT = 600;

/** A JSON value as a tree that opens and closes. */
export function Json({ value }: { value: unknown }) {
  return (
    <div className="relative font-mono text-[11.5px] leading-relaxed">
      <div className="absolute top-0 right-0">
        <Copy text={JSON.stringify(value, null, 2) ?? ""} label="Copy the JSON" />
      </div>
      <Node name={null} value={value} depth={0} />
    </div>
  );
}

interface NodeProps {
  name: string | null;
  value: unknown;
  depth: number;
}

function Node({ name, value, depth }: NodeProps) {
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const [limit, setLimit] = useState(SHOWN_ENTRIES);
  const label = name === null ? null : <span className="text-model">{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div className="break-words">
        {label}
        <Scalar value={value} />
      </div>
    );
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div>
        {label}
        {open}
        {close}
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="text-left hover:bg-sunken"
      >
        {label}
        {open}
        {isOpen ? null : (
          <span className="text-faint">
            {" "}
            {exactCount(entries.length)} {isList ? "items" : "keys"} {close}
          </span>
        )}
      </button>
      {isOpen ? (
        <>
          <div className="border-line border-l pl-3">
            {entries.slice(0, limit).map(([key, inner]) => (
              <Node key={key} name={isList ? null : key} value={inner} depth={depth + 1} />
            ))}
            {entries.length > limit ? (
              <button
                type="button"
                onClick={() => setLimit(limit * 10)}
                className="text-faint hover:text-text"
              >
                … {exactCount(entries.length - limit)} more
              </button>
            ) : null}
          </div>
          {close}
        </>
      ) : null}
    </div>
  );
}

function Scalar({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value === "string") {
    const isLong = value.length > SHOWN_TEXT && !isWhole;
    return (
      <span className="whitespace-pre-wrap text-eval">
        "{isLong ? value.slice(0, SHOWN_TEXT) : value}
        {isLong ? (
          <button
            type="button"
            onClick={() => setWhole(true)}
            className="rounded-[4px] bg-sunken px-1 text-dim"
          >
            … {exactCount(value.length - SHOWN_TEXT)} more
          </button>
        ) : null}
        "
      </span>
    );
  }
  return <span className={value === null ? "text-faint" : "text-tool"}>{String(value)}</span>;
}
