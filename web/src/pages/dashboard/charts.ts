/** The charts of the dashboard. */

import type { Dimension, Metric } from "../../api/stats";
import { ERROR_COLOR } from "../../components/chart/colors";
import { count, dollars, duration, percent } from "../../format/format";
import type { Chart } from "./ChartCard";

const one = (metric: Metric, label: string, color = "var(--series-1)") => ({ metric, label, color });

export function charts(by: Dimension): Chart[] {
  return [
    { title: "Cost", metrics: [one("total_cost_usd", "cost")], by, kind: "bars", format: dollars },
    { title: "Events", metrics: [one("events", "events")], by, kind: "bars", format: count },
    { title: "Errors", metrics: [one("errors", "errors")], by, kind: "bars", format: count },
    {
      title: "Error rate",
      metrics: [one("error_rate", "errors of all events", ERROR_COLOR)],
      kind: "lines",
      format: percent,
    },
    {
      title: "Latency of model calls",
      metrics: [
        one("latency_p50", "p50", "var(--series-3)"),
        one("latency_p95", "p95", "var(--series-1)"),
        one("latency_p99", "p99", "var(--series-4)"),
      ],
      kind: "lines",
      format: duration,
    },
    {
      title: "Time to first token",
      metrics: [
        one("first_token_p50", "p50", "var(--series-3)"),
        one("first_token_p95", "p95", "var(--series-1)"),
      ],
      kind: "lines",
      format: duration,
    },
    {
      title: "Tokens",
      metrics: [one("input_tokens", "in", "var(--series-1)"), one("output_tokens", "out", "var(--series-2)")],
      kind: "bars",
      format: count,
    },
    { title: "Traces", metrics: [one("traces", "traces")], kind: "bars", format: count },
  ];
}
