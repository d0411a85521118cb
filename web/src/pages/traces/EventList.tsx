import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { EventRow } from "../../api/client";
import { eventsQuery } from "../../api/lists";
import { eventColumns } from "./eventColumns";
import type { ListProps } from "./list";
import { Rows } from "./Rows";

/** Single events, in the same table. */
export function EventList({ projectId, search, read, onChange }: ListProps) {
  const navigate = useNavigate();
  const columns = useMemo(() => eventColumns(projectId), [projectId]);
  const events = useInfiniteQuery({
    ...eventsQuery({ projectId, search, filter: read.api }),
    enabled: read.isReady,
  });
  const rows = useMemo(() => events.data?.pages.flatMap((page) => page.data) ?? [], [events.data]);
  return (
    <Rows
      label="Events"
      what="event"
      columns={columns}
      rows={rows}
      idOf={eventId}
      query={events}
      isPending={events.isPending}
      search={search}
      read={read}
      onChange={onChange}
      onOpen={(row) => {
        if (!row.trace_id) return;
        void navigate({
          to: "/p/$projectId/traces/$traceId",
          params: { projectId, traceId: row.trace_id },
          search: { event: row.event_id },
        });
      }}
    />
  );
}

function eventId(row: EventRow): string {
  return row.event_id;
}
