import { useQueries, useQuery } from "@tanstack/react-query";
import { subjectOf } from "../../api/listSearch";
import { between } from "../../api/range";
import { type Asked, seriesQuery, timelineQuery } from "../../api/stats";
import { ERROR_COLOR, REST_COLOR } from "../../components/chart/colors";
import { TimeChart } from "../../components/chart/TimeChart";
import { count } from "../../format/format";
import type { ListProps } from "./list";

const HEIGHT_PX = 44;

interface Counted {
  timesMs: number[];
  intervalMs: number;
  all: number[];
  errors: number[];
}

/** How many rows the list has over time, errors on top; dragging across chooses a range. */
export function Bars({ projectId, search, read, onChange }: ListProps) {
  const asked: Asked = { projectId, range: search, filter: read.api };
  const isOfEvents = subjectOf(search) === "events";
  const traces = useTraces(asked, read.isReady && !isOfEvents);
  const events = useEvents(asked, read.isReady && isOfEvents);
  const counted = isOfEvents ? events : traces;
  const what = isOfEvents ? "events" : "traces";
  return (
    <div className="shrink-0 border-line border-b px-4 pt-1.5" style={{ height: HEIGHT_PX + 7 }}>
      {counted ? (
        <TimeChart
          label={`${what} over time; drag to choose a range`}
          timesMs={counted.timesMs}
          intervalMs={counted.intervalMs}
          series={[
            {
              key: "fine",
              label: what,
              color: REST_COLOR,
              values: counted.all.map((all, at) => all - (counted.errors[at] ?? 0)),
            },
            { key: "errors", label: `${what} with status error`, color: ERROR_COLOR, values: counted.errors },
          ]}
          kind="bars"
          heightPx={HEIGHT_PX}
          format={count}
          isStrip
          onZoom={(fromMs, toMs) => onChange(between(fromMs, toMs))}
        />
      ) : null}
    </div>
  );
}

function useTraces(asked: Asked, isEnabled: boolean): Counted | undefined {
  const { data } = useQuery({ ...timelineQuery(asked), enabled: isEnabled });
  if (!data) return undefined;
  const { times, interval_s, traces, errors } = data;
  return { timesMs: times.map(Date.parse), intervalMs: interval_s * 1_000, all: traces, errors };
}

function useEvents(asked: Asked, isEnabled: boolean): Counted | undefined {
  const [all, errors] = useQueries({
    queries: [
      { ...seriesQuery(asked, "events"), enabled: isEnabled },
      { ...seriesQuery(asked, "errors"), enabled: isEnabled },
    ],
  });
  if (!all.data || !errors.data) return undefined;
  const valuesOf = (data: typeof all.data) => (data?.data[0]?.values ?? []).map(Number);
  return {
    timesMs: all.data.times.map((time) => Date.parse(time)),
    intervalMs: all.data.interval_s * 1_000,
    all: valuesOf(all.data),
    errors: valuesOf(errors.data),
  };
}
