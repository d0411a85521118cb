/** The columns of the list of traces. */

import { Link } from "@tanstack/react-router";
import type { TraceRow } from "../../api/client";
import { CellLink } from "../../components/CellLink";
import { Names } from "../../components/Names";
import { StatusMark } from "../../components/Status";
import { Age, Moment } from "../../components/Time";
import type { Column } from "../../components/table/columns";
import { count, dollars, duration, exactCount, exactDollars, exactDuration } from "../../format/format";

export function traceColumns(projectId: string): Column<TraceRow>[] {
  return [
    {
      id: "status",
      label: "",
      width: 20,
      isUsual: true,
      show: (row) => <StatusMark status={row.status} />,
    },
    {
      id: "name",
      label: "Name",
      width: 168,
      isUsual: true,
      title: (row) => row.name,
      show: (row) => (
        <Link
          to="/p/$projectId/traces/$traceId"
          params={{ projectId, traceId: row.trace_id }}
          search={{}}
          className="font-medium"
        >
          {row.name || "(no name)"}
        </Link>
      ),
    },
    {
      id: "trace",
      label: "Trace id",
      width: 110,
      title: (row) => row.trace_id,
      show: (row) => <span className="font-mono text-[11px] text-dim">{row.trace_id}</span>,
    },
    {
      id: "input",
      label: "Input",
      width: 180,
      isWide: true,
      isUsual: true,
      title: (row) => row.input_preview,
      show: (row) => <span className="text-dim">{row.input_preview}</span>,
    },
    {
      id: "output",
      label: "Output",
      width: 200,
      title: (row) => row.output_preview,
      show: (row) => <span className="text-dim">{row.output_preview}</span>,
    },
    {
      id: "duration",
      label: "Duration",
      width: 78,
      isNumber: true,
      isUsual: true,
      sort: "duration_ms",
      title: (row) => exactDuration(row.duration_ms),
      show: (row) => (row.status === "running" ? "running" : duration(row.duration_ms)),
    },
    {
      id: "events",
      label: "Events",
      width: 72,
      isNumber: true,
      isUsual: true,
      sort: "event_count",
      title: eventsTitle,
      show: (row) => (
        <>
          {row.error_count > 0 ? <span className="text-error">{count(row.error_count)}! </span> : null}
          {count(row.event_count)}
        </>
      ),
    },
    {
      id: "calls",
      label: "Calls",
      width: 56,
      isNumber: true,
      title: (row) => `${exactCount(row.model_call_count)} model calls`,
      show: (row) => count(row.model_call_count),
    },
    {
      id: "tokens",
      label: "Tokens",
      width: 66,
      isNumber: true,
      isUsual: true,
      sort: "total_tokens",
      title: (row) => exactCount(row.total_tokens),
      show: (row) => (row.total_tokens ? count(row.total_tokens) : "–"),
    },
    {
      id: "cost",
      label: "Cost",
      width: 74,
      isNumber: true,
      isUsual: true,
      sort: "total_cost_usd",
      title: (row) => exactDollars(row.total_cost_usd),
      show: (row) => dollars(row.total_cost_usd),
    },
    {
      id: "models",
      label: "Models",
      width: 130,
      isUsual: true,
      title: (row) => row.models.join(", "),
      show: (row) => <Names names={row.models} />,
    },
    {
      id: "user",
      label: "End user",
      width: 92,
      isUsual: true,
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
      title: (row) => row.environment,
      show: (row) => <span className="text-dim">{row.environment}</span>,
    },
    {
      id: "release",
      label: "Release",
      width: 90,
      title: (row) => row.release,
      show: (row) => <span className="text-dim">{row.release}</span>,
    },
    {
      id: "tags",
      label: "Tags",
      width: 120,
      title: (row) => row.tags.join(", "),
      show: (row) => <Names names={row.tags} />,
    },
    {
      id: "scores",
      label: "Scores",
      width: 130,
      title: (row) => scoreTexts(row).join(", "),
      show: (row) => <Names names={scoreTexts(row)} />,
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

function eventsTitle(row: TraceRow): string {
  const errors = row.error_count ? `, ${exactCount(row.error_count)} with an error` : "";
  return `${exactCount(row.event_count)} events${errors}`;
}

function scoreTexts({ scores }: TraceRow): string[] {
  return Object.entries(scores).map(([name, score]) => `${name} ${score}`);
}
