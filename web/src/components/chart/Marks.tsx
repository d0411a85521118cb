import { linePath, lonely, type Series, stacked } from "./scale";

interface MarksProps {
  kind: "bars" | "lines";
  series: readonly Series[];
  x: (at: number) => number;
  y: (value: number) => number;
  eachPx: number;
}

/** The bars or lines themselves. */
export function Marks({ kind, series, x, y, eachPx }: MarksProps) {
  return kind === "bars" ? <Bars {...{ series, x, y, eachPx }} /> : <Lines {...{ series, x, y, eachPx }} />;
}

// A bar of little is still seen.
const MIN_BAR_PX = 1;

function Bars({ series, x, y, eachPx }: Omit<MarksProps, "kind">) {
  const gap = eachPx > 4 ? 1 : 0;
  return stacked(series).map((edges, index) => (
    <g key={series[index]?.key} fill={series[index]?.color}>
      {edges.map(([low, high], at) =>
        high > low ? (
          <rect
            key={at}
            x={x(at)}
            width={Math.max(1, eachPx - gap)}
            y={Math.min(y(high), y(low) - MIN_BAR_PX)}
            height={Math.max(MIN_BAR_PX, y(low) - y(high))}
          />
        ) : null,
      )}
    </g>
  ));
}

function Lines({ series, x, y, eachPx }: Omit<MarksProps, "kind">) {
  const middle = (at: number) => x(at) + eachPx / 2;
  return series.map(({ key, color, values }) => (
    <g key={key}>
      <path
        d={linePath(values, middle, y)}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
      {lonely(values).map((at) => (
        <circle key={at} cx={middle(at)} cy={y(values[at] as number)} r={2} fill={color} />
      ))}
    </g>
  ));
}
