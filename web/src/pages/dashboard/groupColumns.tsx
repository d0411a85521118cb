/** The figures of one group. */

import clsx from "clsx";
import type { ReactNode } from "react";
import type { Group, GroupSort } from "../../api/stats";
import {
  change,
  count,
  dollars,
  duration,
  exactCount,
  exactDollars,
  exactDuration,
  percent,
} from "../../format/format";

interface GroupColumn {
  label: string;
  sort?: GroupSort;
  title?: (group: Group) => string;
  show: (group: Group) => ReactNode;
}

// As for the totals: a jump of this size is worth a colour.
const NOTABLE = 1.25;

export const GROUP_COLUMNS: readonly GroupColumn[] = [
  {
    label: "Cost",
    sort: "-total_cost_usd",
    title: (group) => exactDollars(group.total_cost_usd),
    show: (group) => dollars(group.total_cost_usd),
  },
  {
    label: "Change",
    title: (group) => `${exactDollars(group.previous.total_cost_usd)} in the range before`,
    show: (group) => (
      <CostChange
        now={Number(group.total_cost_usd ?? 0)}
        before={Number(group.previous.total_cost_usd ?? 0)}
      />
    ),
  },
  {
    label: "Traces",
    sort: "-traces",
    title: (group) => exactCount(group.traces),
    show: (group) => count(group.traces),
  },
  {
    label: "Events",
    sort: "-events",
    title: (group) => exactCount(group.events),
    show: (group) => count(group.events),
  },
  {
    label: "Errors",
    sort: "-errors",
    title: (group) => exactCount(group.errors),
    show: (group) => (group.errors ? <span className="text-error">{count(group.errors)}</span> : "–"),
  },
  {
    label: "Rate",
    sort: "-error_rate",
    show: (group) => (group.error_rate ? percent(group.error_rate) : "–"),
  },
  {
    label: "Tokens",
    sort: "-total_tokens",
    title: (group) => `${exactCount(group.input_tokens)} in, ${exactCount(group.output_tokens)} out`,
    show: (group) => {
      const tokens = group.input_tokens + group.output_tokens;
      return tokens ? count(tokens) : "–";
    },
  },
  {
    label: "p50",
    title: (group) => exactDuration(group.latency_ms.p50),
    show: (group) => duration(group.latency_ms.p50),
  },
  {
    label: "p95",
    sort: "-latency_p95",
    title: (group) => exactDuration(group.latency_ms.p95),
    show: (group) => duration(group.latency_ms.p95),
  },
];

function CostChange({ now, before }: { now: number; before: number }) {
  const text = change(now, before);
  if (text === null) return <span className="text-faint">{now > 0 ? "new" : "–"}</span>;
  return (
    <span className={clsx(now / before >= NOTABLE ? "font-medium text-error" : "text-dim")}>{text}</span>
  );
}
