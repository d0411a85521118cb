import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { END_USER_SORTS } from "../../api/groupSearch";
import { type EndUserRow, endUsersQuery } from "../../api/groups";
import { useFilter } from "../../filter/useFilter";
import { useTitle } from "../../layout/useTitle";
import { GroupList } from "../groups/GroupList";
import { endUserColumns } from "./endUserColumns";

/** The end users of a project. */
export function EndUsersPage() {
  const { projectId } = useParams({ from: "/app/p/$projectId/end-users" });
  const search = useSearch({ from: "/app/p/$projectId/end-users" });
  const navigate = useNavigate({ from: "/p/$projectId/end-users" });
  const read = useFilter(projectId, "traces", search.q);
  const columns = useMemo(() => endUserColumns(projectId), [projectId]);
  const users = useInfiniteQuery({
    ...endUsersQuery({ projectId, search, filter: read.api }),
    enabled: read.isReady,
  });
  useTitle("End users");
  return (
    <GroupList
      label="End users"
      sent="userId"
      projectId={projectId}
      search={search}
      read={read}
      query={users}
      columns={columns}
      idOf={userId}
      usualSort={`-${END_USER_SORTS[0]}`}
      onChange={(next) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true })}
      onOpen={(row) =>
        void navigate({
          to: "/p/$projectId/end-users/$userId",
          params: { projectId, userId: row.user_id },
          search: {},
        })
      }
    />
  );
}

function userId(row: EndUserRow): string {
  return row.user_id;
}
