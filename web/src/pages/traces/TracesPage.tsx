import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { anyTraceQuery, tracesQuery } from "../../api/queries";
import type { TraceSearch } from "../../api/traceSearch";
import { Skeleton } from "../../components/Skeleton";
import { ErrorNote } from "../../layout/PageError";
import { ROW_PX } from "./columns";
import { FirstSteps } from "./FirstSteps";
import { Toolbar } from "./Toolbar";
import { TraceTable } from "./TraceTable";

/** The list of a project's traces; the view is in the address. */
export function TracesPage() {
  const { projectId } = useParams({ from: "/app/p/$projectId/traces" });
  const search = useSearch({ from: "/app/p/$projectId/traces" });
  const navigate = useNavigate({ from: "/p/$projectId/traces" });
  const change = (next: Partial<TraceSearch>) =>
    void navigate({ search: { ...search, ...next }, replace: true });
  const traces = useInfiniteQuery(tracesQuery(projectId, search));
  const rows = useMemo(() => traces.data?.pages.flatMap((page) => page.data) ?? [], [traces.data]);
  const isBare = traces.isSuccess && rows.length === 0;
  const any = useQuery({ ...anyTraceQuery(projectId), enabled: isBare });

  if (isBare && any.data === false) return <FirstSteps projectId={projectId} />;
  return (
    <div className="flex h-full flex-col">
      <Toolbar search={search} onChange={change} isLive={traces.isSuccess && !traces.isRefetchError} />
      {traces.isError && !traces.data ? (
        <div className="p-6">
          <ErrorNote error={traces.error} onRetry={() => void traces.refetch()} />
        </div>
      ) : traces.isPending || (isBare && any.isPending) ? (
        <Skeleton rows={14} height={ROW_PX} />
      ) : isBare ? (
        <NothingHere search={search} onChange={change} />
      ) : (
        <TraceTable
          projectId={projectId}
          rows={rows}
          sort={search.sort}
          onSort={(sort) => change({ sort })}
          onEnd={() => {
            if (traces.hasNextPage && !traces.isFetchingNextPage) void traces.fetchNextPage();
          }}
          isStale={traces.isPlaceholderData}
        />
      )}
    </div>
  );
}

interface NothingHereProps {
  search: TraceSearch;
  onChange: (next: Partial<TraceSearch>) => void;
}

function NothingHere({ search, onChange }: NothingHereProps) {
  const isFiltered = Boolean(search.status || search.text);
  return (
    <div className="p-6 text-dim">
      <p>{isFiltered ? "No trace in this range fits the filter." : "No trace in this range."}</p>
      <div className="mt-2 flex gap-3">
        {isFiltered ? (
          <WideButton onClick={() => onChange({ status: undefined, text: undefined })}>
            Clear the filter
          </WideButton>
        ) : null}
        {search.range !== "400d" ? (
          <WideButton onClick={() => onChange({ range: "400d" })}>Look at all time</WideButton>
        ) : null}
      </div>
    </div>
  );
}

function WideButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="rounded-box border border-line bg-panel px-2.5 py-1 hover:bg-sunken"
    >
      {children}
    </button>
  );
}
