import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { traceQuery } from "../../api/queries";
import { ErrorNote } from "../../layout/PageError";
import { toModel } from "./model";
import { TraceSkeleton } from "./TraceSkeleton";
import { TraceView } from "./TraceView";

/** One trace at its address: while it comes, when it cannot be had, and itself. */
export function TracePage() {
  const { projectId, traceId } = useParams({ from: "/app/p/$projectId/traces/$traceId" });
  const { data: trace, dataUpdatedAt, error, refetch } = useQuery(traceQuery(projectId, traceId));
  const model = useMemo(() => (trace ? toModel(trace, dataUpdatedAt) : null), [trace, dataUpdatedAt]);
  if (error && !trace) {
    return (
      <div className="p-6">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!trace || !model) return <TraceSkeleton />;
  return <TraceView key={trace.trace_id} projectId={projectId} trace={trace} model={model} />;
}
