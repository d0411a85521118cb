import clsx from "clsx";
import { useState } from "react";
import { exactCount } from "../format/format";
import { below, type Found } from "./jsonPaths";
import { Text } from "./Text";

// Deeper values start closed, and longer lists show their beginning: a click opens the rest.
const OPEN_DEPTH = 2;
const SHOWN_ENTRIES = 100;
const SHOWN_TEXT = 600;

interface NodeProps {
  name: string | null;
  value: unknown;
  path: string;
  depth: number;
  found: Found | null;
}

/** One value in the tree; what is closed has no elements. */
export function JsonNode({ name, value, path, depth, found }: NodeProps) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isFound = found?.matches.has(path) ?? false;
  const isOpen = chosen ?? (found ? found.above.has(path) : depth < OPEN_DEPTH);
  const label =
    name === null ? null : (
      <span className={clsx("text-model", isFound && FOUND)}>
        <Text value={name} />:{" "}
      </span>
    );
  if (typeof value !== "object" || value === null) {
    return (
      <div className="break-words">
        {label}
        <span className={clsx(isFound && FOUND)}>
          <Scalar value={value} />
        </span>
      </div>
    );
  }
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (size === 0) {
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
        onClick={() => setChosen(!isOpen)}
        className="text-left hover:bg-sunken"
      >
        {label}
        {open}
        {isOpen ? null : (
          <span className="text-dim">
            {" "}
            {exactCount(size)} {Array.isArray(value) ? "items" : "keys"} {close}
          </span>
        )}
      </button>
      {isOpen ? (
        <>
          <Entries value={value} path={path} depth={depth} found={found} />
          {close}
        </>
      ) : null}
    </div>
  );
}

const FOUND = "rounded-[3px] bg-accent-soft underline";

function Entries({ value, path, depth, found }: Omit<NodeProps, "name"> & { value: object }) {
  const [limit, setLimit] = useState(SHOWN_ENTRIES);
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  // What was found is shown even where it stands far down in a long list.
  const shown = entries.filter(
    ([key], at) => at < limit || found?.above.has(below(path, key)) || found?.matches.has(below(path, key)),
  );
  return (
    <div className="border-line border-l pl-3">
      {shown.map(([key, inner]) => (
        <JsonNode
          key={key}
          name={isList ? null : key}
          value={inner}
          path={below(path, key)}
          depth={depth + 1}
          found={found}
        />
      ))}
      {entries.length > shown.length ? (
        <button type="button" onClick={() => setLimit(limit * 10)} className="text-dim hover:text-text">
          … {exactCount(entries.length - shown.length)} more
        </button>
      ) : null}
    </div>
  );
}

function Scalar({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== "string") {
    return <span className={value === null ? "text-dim" : "text-tool"}>{String(value)}</span>;
  }
  const isLong = value.length > SHOWN_TEXT && !isWhole;
  return (
    <span className="whitespace-pre-wrap text-eval">
      "<Text value={isLong ? value.slice(0, SHOWN_TEXT) : value} />
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
