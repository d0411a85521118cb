/** The columns of the list of end users. */

import { Link } from "@tanstack/react-router";
import type { EndUserRow } from "../../api/groups";
import { Age, Moment } from "../../components/Time";
import type { Column } from "../../components/table/columns";
import { count, exactCount } from "../../format/format";
import { sumColumns } from "../groups/sumColumns";

export function endUserColumns(projectId: string): Column<EndUserRow>[] {
  return [
    {
      id: "user",
      label: "End user",
      width: 180,
      isWide: true,
      isUsual: true,
      title: (row) => row.user_id,
      show: (row) => (
        <Link
          to="/p/$projectId/end-users/$userId"
          params={{ projectId, userId: row.user_id }}
          search={{}}
          className="font-medium"
        >
          {row.user_id}
        </Link>
      ),
    },
    {
      id: "sessions",
      label: "Sessions",
      width: 72,
      isNumber: true,
      isUsual: true,
      sort: "session_count",
      title: (row) => exactCount(row.session_count),
      show: (row) => (row.session_count ? count(row.session_count) : "–"),
    },
    ...sumColumns<EndUserRow>(),
    {
      id: "first",
      label: "First seen",
      width: 168,
      sort: "first_seen",
      show: (row) => <Moment at={row.first_seen} />,
    },
    {
      id: "age",
      label: "Last",
      width: 52,
      isNumber: true,
      isUsual: true,
      sort: "last_seen",
      show: (row) => (
        <span className="text-dim">
          <Age at={row.last_seen} />
        </span>
      ),
    },
  ];
}
