import { usePreferences } from "../../theme/preferences";
import type { Series } from "./scale";
import { spanLabel } from "./times";

interface ChartTableProps {
  label: string;
  timesMs: readonly number[];
  intervalMs: number;
  series: readonly Series[];
  heightPx: number;
  format: (value: number) => string;
}

/** The values of a chart as a table, newest first. */
export function ChartTable({ label, timesMs, intervalMs, series, heightPx, format }: ChartTableProps) {
  const { zone } = usePreferences();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse.
    <div className="overflow-auto" style={{ height: heightPx }} tabIndex={0} role="group" aria-label={label}>
      <table className="w-full text-[11px] tabular-nums">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-panel text-faint">
          <tr>
            <th scope="col" className="py-1 text-left font-normal">
              Time
            </th>
            {series.map((one) => (
              <th key={one.key} scope="col" className="max-w-28 truncate py-1 pl-3 text-right font-normal">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timesMs
            .map((ms, at) => (
              <tr key={ms} className="border-line border-t">
                <th scope="row" className="whitespace-nowrap py-1 text-left font-normal text-dim">
                  {spanLabel(ms, ms + intervalMs, zone)}
                </th>
                {series.map(({ key, values }) => (
                  <td key={key} className="pl-3 text-right">
                    {values[at] === null || values[at] === undefined ? "–" : format(values[at])}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}
