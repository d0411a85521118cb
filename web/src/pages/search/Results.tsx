import { useInfiniteQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useRef } from "react";
import { searchQuery, type TextSearch } from "../../api/search";
import { Button } from "../../components/Button";
import { EmptyNote } from "../../components/EmptyNote";
import { Skeleton } from "../../components/Skeleton";
import { useKeys } from "../../components/useKeys";
import type { ReadFilter } from "../../filter/useFilter";
import { ErrorNote } from "../../layout/PageError";
import { Result } from "./Result";

interface ResultsProps {
  projectId: string;
  search: TextSearch;
  read: ReadFilter;
  onChange: (next: Partial<TextSearch>) => void;
}

const ROW_PX = 64;

/** The events in which the text stands, newest first. Keys: j and k move between them, Enter opens. */
export function Results({ projectId, search, read, onChange }: ResultsProps) {
  const list = useRef<HTMLOListElement>(null);
  const isAsked = Boolean(search.text) && read.isReady;
  const found = useInfiniteQuery({ ...searchQuery(projectId, search, read.api), enabled: isAsked });
  const move = (by: number) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("[data-result]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  };
  useKeys({ j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1) });
  const error = read.error ?? found.error;
  if (!search.text) return <Hint />;
  if (error && !found.data) {
    return (
      <div className="p-6">
        <ErrorNote
          error={error}
          stillWorks="A shorter range or a filter makes the search cheaper."
          onRetry={() => void found.refetch()}
        />
      </div>
    );
  }
  if (!found.data) return <Skeleton rows={10} height={ROW_PX} />;
  const rows = found.data.pages.flatMap((page) => page.data);
  if (rows.length === 0) {
    return (
      <EmptyNote title={`“${search.text}” is in no input and no output of this range.`}>
        <div className="flex gap-2">
          {search.q ? <Button onClick={() => onChange({ q: undefined })}>Clear the filter</Button> : null}
          {search.range === "400d" ? null : (
            <Button onClick={() => onChange({ range: "400d", from: undefined, to: undefined })}>
              Look at all time
            </Button>
          )}
        </div>
      </EmptyNote>
    );
  }
  return (
    <div className={clsx("min-h-0 flex-1 overflow-auto", found.isPlaceholderData && "opacity-60")}>
      <ol ref={list} aria-label="Results" aria-busy={found.isPlaceholderData}>
        {rows.map((row) => (
          <Result key={`${row.trace_id}/${row.event_id}`} projectId={projectId} row={row} />
        ))}
      </ol>
      <p className="p-4 text-center text-dim text-xs">
        {found.hasNextPage ? (
          <Button disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            More results
          </Button>
        ) : (
          "These are all."
        )}
      </p>
    </div>
  );
}

function Hint() {
  return (
    <EmptyNote title="Find what was said">
      <p>
        The text is looked for as it is, in upper and lower case, in what went into events and what came out,
        over the range of time above. A filter beside it says in which events.
      </p>
      <p>To find a trace, a session or an end user by name or id, filter the list of traces instead.</p>
    </EmptyNote>
  );
}
