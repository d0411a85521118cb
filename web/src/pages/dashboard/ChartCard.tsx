import { useQueries } from "@tanstack/react-query";
import clsx from "clsx";
import { ChartLine, Table2 } from "lucide-react";
import { useState } from "react";
import { type Asked, type Dimension, type Metric, seriesQuery, type Timeseries } from "../../api/stats";
import { ChartTable } from "../../components/chart/ChartTable";
import type { Series } from "../../components/chart/scale";
import { TimeChart } from "../../components/chart/TimeChart";
import { ErrorNote } from "../../layout/PageError";
import { Legend } from "./Legend";

export interface Chart {
  title: string;
  /** One metric split by keys, or several metrics side by side. */
  metrics: readonly { metric: Metric; label: string; color: string }[];
  by?: Dimension | undefined;
  kind: "bars" | "lines";
  format: (value: number) => string;
}

interface ChartCardProps {
  chart: Chart;
  asked: Asked;
  isReady: boolean;
  colorOf: (key: string | null) => string;
  nameOf: (key: string | null) => string;
  onZoom: (fromMs: number, toMs: number) => void;
  onKey: (key: string | null) => void;
}

const HEIGHT_PX = 168;

/** One chart with its legend, or the same as a table. */
export function ChartCard({ chart, asked, isReady, colorOf, nameOf, onZoom, onKey }: ChartCardProps) {
  const [isTable, setTable] = useState(false);
  const answers = useQueries({
    queries: chart.metrics.map(({ metric }) => ({
      ...seriesQuery(asked, metric, chart.by),
      enabled: isReady,
    })),
  });
  const failed = answers.find(({ error, data }) => error && !data);
  const all = answers.map(({ data }) => data);
  const first = all[0];
  const isWhole = all.every((data) => data !== undefined);
  const series = isWhole
    ? all.flatMap((data, at) => seriesOf(data as Timeseries, chart, at, colorOf, nameOf))
    : [];
  const timesMs = first?.times.map((time) => Date.parse(time)) ?? [];
  const Icon = isTable ? ChartLine : Table2;
  const shown = { label: chart.title, timesMs, intervalMs: (first?.interval_s ?? 60) * 1_000, series };
  return (
    <section
      aria-label={chart.title}
      className={clsx(
        "min-w-0 rounded-box border border-line bg-panel p-3",
        answers.some(({ isPlaceholderData }) => isPlaceholderData) && "opacity-60",
      )}
    >
      <div className="mb-1 flex h-5 items-center gap-3">
        <h2 className="shrink-0 font-medium">{chart.title}</h2>
        <Legend series={series} onKey={chart.by ? onKey : undefined} />
        <button
          type="button"
          aria-pressed={isTable}
          aria-label={`${chart.title} as a table`}
          title={isTable ? "As a chart" : "As a table"}
          onClick={() => setTable(!isTable)}
          className="ml-auto shrink-0 rounded-[4px] p-1 text-faint hover:bg-sunken hover:text-text"
        >
          <Icon className="size-3.5" aria-hidden />
        </button>
      </div>
      {failed?.error ? (
        <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />
      ) : !isWhole ? (
        <div className="rounded bg-sunken opacity-50" style={{ height: HEIGHT_PX }} />
      ) : isTable ? (
        <ChartTable {...shown} heightPx={HEIGHT_PX} format={chart.format} />
      ) : (
        <TimeChart {...shown} kind={chart.kind} heightPx={HEIGHT_PX} format={chart.format} onZoom={onZoom} />
      )}
    </section>
  );
}

function seriesOf(
  data: Timeseries,
  chart: Chart,
  at: number,
  colorOf: (key: string | null) => string,
  nameOf: (key: string | null) => string,
): Series[] {
  const metric = chart.metrics[at];
  return data.data.map(({ key, values }) => ({
    key: chart.by ? (key ?? "") : (metric?.metric ?? ""),
    label: chart.by ? nameOf(key) : (metric?.label ?? ""),
    color: chart.by ? colorOf(key) : (metric?.color ?? ""),
    values: values.map((value) => (value === null ? null : Number(value))),
  }));
}
