import { usePreferences } from "../../theme/preferences";
import { Marks } from "./Marks";
import { greatestOf, labelled, type Series, ticks } from "./scale";
import { Tooltip } from "./Tooltip";
import { timeLabel } from "./times";
import { usePointer } from "./usePointer";
import { useWidth } from "./useWidth";

export interface TimeChartProps {
  /** What is drawn, for those who cannot see it. */
  label: string;
  timesMs: readonly number[];
  intervalMs: number;
  series: readonly Series[];
  kind: "bars" | "lines";
  heightPx: number;
  format: (value: number) => string;
  /** Without axes: a strip over a list. */
  isStrip?: boolean;
  onZoom?: (fromMs: number, toMs: number) => void;
}

const AXIS = { left: 48, bottom: 18, top: 8, right: 4 } as const;
const STRIP = { left: 0, bottom: 0, top: 2, right: 0 } as const;
const LABEL_PX = 84;

/** Values over time as stacked bars or as lines; dragging across it chooses a range. */
export function TimeChart(props: TimeChartProps) {
  const { label, timesMs, intervalMs, series, kind, heightPx, format, isStrip = false, onZoom } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const { zone } = usePreferences();
  const edge = isStrip ? STRIP : AXIS;
  const plot = {
    width: Math.max(1, width - edge.left - edge.right),
    height: heightPx - edge.top - edge.bottom,
  };
  const marks = ticks(greatestOf(series, kind === "bars"));
  const top = isStrip ? greatestOf(series, true) || 1 : (marks.at(-1) ?? 1);
  const eachPx = plot.width / Math.max(1, timesMs.length);
  const x = (at: number) => edge.left + at * eachPx;
  const y = (value: number) => edge.top + plot.height * (1 - value / top);
  const pointer = usePointer({
    count: timesMs.length,
    at: (xPx) => Math.floor((xPx - edge.left) / eachPx),
    onZoom: onZoom
      ? (first, last) => onZoom(timesMs[first] as number, (timesMs[last] as number) + intervalMs)
      : undefined,
  });
  const { hovered, dragged } = pointer;
  return (
    <div ref={box} className="relative" style={{ height: heightPx }}>
      {width > 0 ? (
        <svg
          width={width}
          height={heightPx}
          role="img"
          aria-label={label}
          className={onZoom ? "cursor-crosshair touch-none select-none" : "select-none"}
          {...pointer.handlers}
        >
          <rect width={width} height={heightPx} fill="transparent" />
          {isStrip
            ? null
            : marks.map((value) => (
                <g key={value}>
                  <line x1={edge.left} x2={width} y1={y(value)} y2={y(value)} stroke="var(--line)" />
                  <text
                    x={edge.left - 6}
                    y={y(value) + 3.5}
                    textAnchor="end"
                    className="fill-faint text-[10.5px] tabular-nums"
                  >
                    {format(value)}
                  </text>
                </g>
              ))}
          {dragged ? (
            <rect
              x={x(dragged[0])}
              width={(dragged[1] - dragged[0] + 1) * eachPx}
              y={edge.top}
              height={plot.height}
              fill="var(--accent-soft)"
            />
          ) : null}
          <Marks kind={kind} series={series} x={x} y={y} eachPx={eachPx} />
          {hovered === null ? null : (
            <rect
              x={x(hovered)}
              width={eachPx}
              y={edge.top}
              height={plot.height}
              fill="var(--text)"
              opacity={0.08}
              pointerEvents="none"
            />
          )}
          {isStrip
            ? null
            : labelled(timesMs.length, plot.width, LABEL_PX).map((at) => (
                <text
                  key={at}
                  x={x(at) + eachPx / 2}
                  y={heightPx - 4}
                  textAnchor="middle"
                  className="fill-faint text-[10.5px] tabular-nums"
                >
                  {timeLabel(timesMs[at] as number, intervalMs * timesMs.length, zone)}
                </text>
              ))}
        </svg>
      ) : null}
      {isStrip ||
      series.some(({ values }) => values.some((value) => value !== null && value !== 0)) ? null : (
        <p className="pointer-events-none absolute inset-0 grid place-items-center text-faint text-xs">
          nothing in this range
        </p>
      )}
      {hovered === null ? null : (
        <Tooltip
          fromMs={timesMs[dragged?.[0] ?? hovered] as number}
          toMs={(timesMs[dragged?.[1] ?? hovered] as number) + intervalMs}
          series={series}
          at={hovered}
          isSum={kind === "bars"}
          format={format}
          leftPx={x(hovered) + eachPx / 2}
          widthPx={width}
        />
      )}
    </div>
  );
}
