/** The columns of the list of single events. */

import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import type { EventRow } from "../../api/client";
import { CellLink } from "../../components/CellLink";
import { eventType } from "../../components/eventTypes";
import { Names } from "../../components/Names";
import { StatusMark } from "../../components/Status";
import { Age, Moment } from "../../components/Time";
import type { Column } from "../../components/table/columns";
import { count, dollars, duration, exactCount, exactDollars, exactDuration } from "../../format/format";

export function eventColumns(projectId: string): Column<EventRow>[] {
  return [
    {
      id: "status",
      label: "",
      width: 20,
      isUsual: true,
      show: (row) => <StatusMark status={row.status} />,
    },
    { id: "type", label: "Type", width: 92, isUsual: true, show: (row) => <TypeMark type={row.type} /> },
    {
      id: "name",
      label: "Name",
      width: 150,
      isUsual: true,
      title: (row) => row.name,
      show: (row) => <EventName projectId={projectId} row={row} />,
    },
    {
      id: "event",
      label: "Event id",
      width: 110,
      title: (row) => row.event_id,
      show: (row) => <span className="font-mono text-[11px] text-dim">{row.event_id}</span>,
    },
    {
      id: "input",
      label: "Input",
      width: 160,
      isWide: true,
      isUsual: true,
      title: (row) => row.status_message || row.input_preview,
      show: (row) =>
        row.status_message ? (
          <span className="text-error">{row.status_message}</span>
        ) : (
          <span className="text-dim">{row.input_preview}</span>
        ),
    },
    {
      id: "output",
      label: "Output",
      width: 184,
      isUsual: true,
      title: (row) => row.output_preview,
      show: (row) => <span className="text-dim">{row.output_preview}</span>,
    },
    {
      id: "model",
      label: "Model",
      width: 124,
      isUsual: true,
      title: (row) => row.model,
      show: (row) => <span className="text-dim">{row.model}</span>,
    },
    {
      id: "duration",
      label: "Duration",
      width: 72,
      isNumber: true,
      isUsual: true,
      title: (row) => exactDuration(row.duration_ms),
      show: (row) => duration(row.duration_ms),
    },
    {
      id: "tokens",
      label: "Tokens",
      width: 62,
      isNumber: true,
      isUsual: true,
      title: (row) => exactCount(tokensOf(row)),
      show: (row) => (tokensOf(row) ? count(tokensOf(row)) : "–"),
    },
    {
      id: "cost",
      label: "Cost",
      width: 70,
      isNumber: true,
      isUsual: true,
      title: (row) => exactDollars(row.cost_usd),
      show: (row) => dollars(row.cost_usd),
    },
    {
      id: "trace",
      label: "Trace",
      width: 110,
      title: (row) => row.trace_id,
      show: (row) => <span className="font-mono text-[11px] text-dim">{row.trace_id}</span>,
    },
    {
      id: "user",
      label: "End user",
      width: 88,
      title: (row) => row.user_id,
      show: (row) => <CellLink projectId={projectId} kind="user" id={row.user_id} />,
    },
    {
      id: "session",
      label: "Session",
      width: 110,
      title: (row) => row.session_id,
      show: (row) => <CellLink projectId={projectId} kind="session" id={row.session_id} />,
    },
    {
      id: "environment",
      label: "Environment",
      width: 96,
      show: (row) => <Names names={[row.environment]} />,
    },
    { id: "tags", label: "Tags", width: 120, show: (row) => <Names names={row.tags} /> },
    {
      id: "started",
      label: "Started",
      width: 168,
      sort: "start_time",
      show: (row) => <Moment at={row.start_time} />,
    },
    {
      id: "age",
      label: "Age",
      width: 48,
      isNumber: true,
      isUsual: true,
      sort: "start_time",
      show: (row) => (
        <span className="text-dim">
          <Age at={row.start_time} />
        </span>
      ),
    },
  ];
}

function tokensOf({ usage }: EventRow): number {
  return (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
}

function TypeMark({ type }: { type: string }) {
  const { icon: Icon, name, text } = eventType(type);
  return (
    <span className="flex items-center gap-1.5">
      <Icon className={clsx("size-3.5 shrink-0", text)} aria-hidden />
      {name}
    </span>
  );
}

/** An event without a trace has no page to lead to. */
function EventName({ projectId, row }: { projectId: string; row: EventRow }) {
  const name = row.name || eventType(row.type).name;
  if (!row.trace_id) return <span className="font-medium">{name}</span>;
  return (
    <Link
      to="/p/$projectId/traces/$traceId"
      params={{ projectId, traceId: row.trace_id }}
      search={{ event: row.event_id }}
      className="font-medium"
    >
      {name}
    </Link>
  );
}
