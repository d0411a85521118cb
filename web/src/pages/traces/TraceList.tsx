import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { TraceRow } from "../../api/client";
import { anyTraceQuery, listKey, tracesQuery } from "../../api/lists";
import { isRelative } from "../../api/range";
import { FirstSteps } from "./FirstSteps";
import type { ListProps } from "./list";
import { Rows } from "./Rows";
import { traceColumns } from "./traceColumns";
import { useLive } from "./useLive";

/** The traces; while the project has never had one, how to send the first. */
export function TraceList({ projectId, search, read, onChange }: ListProps) {
  const navigate = useNavigate();
  const columns = useMemo(() => traceColumns(projectId), [projectId]);
  const listed = { projectId, search, filter: read.api };
  const isFollowed = useLive({
    projectId,
    filter: read.api,
    listKey: listKey("traces", listed),
    // In another order a new trace may belong anywhere.
    isWanted: read.isReady && search.live !== "off" && search.sort === undefined && isRelative(search),
  });
  const traces = useInfiniteQuery({ ...tracesQuery({ ...listed, isFollowed }), enabled: read.isReady });
  const rows = useMemo(() => traces.data?.pages.flatMap((page) => page.data) ?? [], [traces.data]);
  const isBare = traces.isSuccess && rows.length === 0;
  const any = useQuery({ ...anyTraceQuery(projectId), enabled: isBare });
  if (isBare && any.data === false) return <FirstSteps projectId={projectId} />;
  return (
    <Rows
      label="Traces"
      what="trace"
      columns={columns}
      rows={rows}
      idOf={traceId}
      query={traces}
      isPending={traces.isPending || (isBare && any.isPending)}
      search={search}
      read={read}
      onChange={onChange}
      onOpen={(row) =>
        void navigate({
          to: "/p/$projectId/traces/$traceId",
          params: { projectId, traceId: row.trace_id },
          search: {},
        })
      }
    />
  );
}

function traceId(row: TraceRow): string {
  return row.trace_id;
}
