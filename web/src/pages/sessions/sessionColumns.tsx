/** The columns of the list of sessions. */

import { Link } from "@tanstack/react-router";
import type { SessionRow } from "../../api/groups";
import { CellLink } from "../../components/CellLink";
import { Age, Moment } from "../../components/Time";
import type { Column } from "../../components/table/columns";
import { duration, exactDuration, toMs } from "../../format/format";
import { sumColumns } from "../groups/sumColumns";

export function sessionColumns(projectId: string): Column<SessionRow>[] {
  return [
    {
      id: "session",
      label: "Session",
      width: 164,
      isUsual: true,
      title: (row) => row.session_id,
      show: (row) => (
        <Link
          to="/p/$projectId/sessions/$sessionId"
          params={{ projectId, sessionId: row.session_id }}
          search={{}}
          className="font-medium"
        >
          {row.session_id}
        </Link>
      ),
    },
    {
      id: "first",
      label: "First input",
      width: 140,
      isWide: true,
      isUsual: true,
      title: (row) => row.first_input_preview,
      show: (row) => <span className="text-dim">{row.first_input_preview}</span>,
    },
    {
      id: "last",
      label: "Last output",
      width: 180,
      title: (row) => row.last_output_preview,
      show: (row) => <span className="text-dim">{row.last_output_preview}</span>,
    },
    ...sumColumns<SessionRow>(),
    {
      id: "user",
      label: "End user",
      width: 92,
      isUsual: true,
      title: (row) => row.user_ids.join(", "),
      show: (row) => <CellLink projectId={projectId} kind="user" id={row.user_ids[0] ?? ""} />,
    },
    {
      id: "lasted",
      label: "Lasted",
      width: 74,
      isNumber: true,
      isUsual: true,
      title: (row) => exactDuration(lastedMs(row)),
      show: (row) => duration(lastedMs(row)),
    },
    {
      id: "started",
      label: "Started",
      width: 168,
      sort: "start_time",
      show: (row) => <Moment at={row.start_time} />,
    },
    {
      id: "age",
      label: "Last",
      width: 52,
      isNumber: true,
      isUsual: true,
      sort: "end_time",
      show: (row) => (
        <span className="text-dim">
          <Age at={row.end_time} />
        </span>
      ),
    },
  ];
}

function lastedMs(row: SessionRow): number {
  return toMs(row.end_time) - toMs(row.start_time);
}
