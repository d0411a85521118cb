import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { Group, Panel, Separator } from "react-resizable-panels";
import { traceQuery } from "../../api/queries";
import { Skeleton } from "../../components/Skeleton";
import { ErrorNote } from "../../layout/PageError";
import { Inspector } from "./Inspector";
import { toModel } from "./model";
import { TraceHeader } from "./TraceHeader";
import { TraceTree } from "./TraceTree";
import { ROW_PX } from "./TreeRow";

/** One trace: its tree and waterfall on the left, the chosen event on the right. */
export function TracePage() {
  const { projectId, traceId } = useParams({ from: "/app/p/$projectId/traces/$traceId" });
  const { event } = useSearch({ from: "/app/p/$projectId/traces/$traceId" });
  const navigate = useNavigate({ from: "/p/$projectId/traces/$traceId" });
  const { data: trace, dataUpdatedAt, error, refetch } = useQuery(traceQuery(projectId, traceId));
  const model = useMemo(() => (trace ? toModel(trace, dataUpdatedAt) : null), [trace, dataUpdatedAt]);
  const choose = useCallback(
    (eventId: string) => void navigate({ search: { event: eventId }, replace: true }),
    [navigate],
  );
  if (error && !trace) {
    return (
      <div className="p-6">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!trace || !model) return <Skeleton rows={22} height={ROW_PX} />;
  const chosen =
    event !== undefined && model.indexOf.has(event) ? event : (model.columns.event_id[0] ?? null);
  return (
    <div className="flex h-full flex-col">
      <TraceHeader projectId={projectId} trace={trace} />
      <Group orientation="horizontal" className="min-h-0 flex-1">
        <Panel defaultSize="60%" minSize="30%">
          <TraceTree model={model} chosen={chosen} onChoose={choose} />
        </Panel>
        <Separator className="w-px bg-line data-[separator=hover]:bg-accent" />
        <Panel defaultSize="40%" minSize="22%">
          {chosen ? (
            <Inspector projectId={projectId} eventId={chosen} model={model} onChoose={choose} />
          ) : null}
        </Panel>
      </Group>
    </div>
  );
}
