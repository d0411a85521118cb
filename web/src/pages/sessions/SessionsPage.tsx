import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { SESSION_SORTS } from "../../api/groupSearch";
import { type SessionRow, sessionsQuery } from "../../api/groups";
import { useFilter } from "../../filter/useFilter";
import { useTitle } from "../../layout/useTitle";
import { GroupList } from "../groups/GroupList";
import { sessionColumns } from "./sessionColumns";

/** The sessions of a project. */
export function SessionsPage() {
  const { projectId } = useParams({ from: "/app/p/$projectId/sessions" });
  const search = useSearch({ from: "/app/p/$projectId/sessions" });
  const navigate = useNavigate({ from: "/p/$projectId/sessions" });
  const read = useFilter(projectId, "traces", search.q);
  const columns = useMemo(() => sessionColumns(projectId), [projectId]);
  const sessions = useInfiniteQuery({
    ...sessionsQuery({ projectId, search, filter: read.api }),
    enabled: read.isReady,
  });
  useTitle("Sessions");
  return (
    <GroupList
      label="Sessions"
      sent="sessionId"
      projectId={projectId}
      search={search}
      read={read}
      query={sessions}
      columns={columns}
      idOf={sessionId}
      usualSort={`-${SESSION_SORTS[0]}`}
      onChange={(next) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true })}
      onOpen={(row) =>
        void navigate({
          to: "/p/$projectId/sessions/$sessionId",
          params: { projectId, sessionId: row.session_id },
          search: {},
        })
      }
    />
  );
}

function sessionId(row: SessionRow): string {
  return row.session_id;
}
