/** The columns that sessions and end users share: what their traces sum up to. */

import { Names } from "../../components/Names";
import type { Column } from "../../components/table/columns";
import { count, dollars, exactCount, exactDollars } from "../../format/format";

interface Sums {
  trace_count: number;
  event_count: number;
  error_count: number;
  total_tokens: number;
  total_cost_usd: string | null;
  models: string[];
}

export function sumColumns<Row extends Sums>(): Column<Row>[] {
  return [
    {
      id: "traces",
      label: "Traces",
      width: 58,
      isNumber: true,
      isUsual: true,
      sort: "trace_count",
      title: (row) => exactCount(row.trace_count),
      show: (row) => count(row.trace_count),
    },
    {
      id: "events",
      label: "Events",
      width: 64,
      isNumber: true,
      sort: "event_count",
      title: (row) => exactCount(row.event_count),
      show: (row) => count(row.event_count),
    },
    {
      id: "errors",
      label: "Errors",
      width: 54,
      isNumber: true,
      isUsual: true,
      sort: "error_count",
      title: (row) => exactCount(row.error_count),
      show: (row) => (row.error_count ? <span className="text-error">{count(row.error_count)}</span> : "–"),
    },
    {
      id: "tokens",
      label: "Tokens",
      width: 60,
      isNumber: true,
      isUsual: true,
      sort: "total_tokens",
      title: (row) => exactCount(row.total_tokens),
      show: (row) => (row.total_tokens ? count(row.total_tokens) : "–"),
    },
    {
      id: "cost",
      label: "Cost",
      width: 72,
      isNumber: true,
      isUsual: true,
      sort: "total_cost_usd",
      title: (row) => exactDollars(row.total_cost_usd),
      show: (row) => dollars(row.total_cost_usd),
    },
    {
      id: "models",
      label: "Models",
      width: 124,
      isUsual: true,
      title: (row) => row.models.join(", "),
      show: (row) => <Names names={row.models} />,
    },
  ];
}
