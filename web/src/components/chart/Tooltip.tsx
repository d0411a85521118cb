import { usePreferences } from "../../theme/preferences";
import type { Series } from "./scale";
import { spanLabel } from "./times";

interface TooltipProps {
  fromMs: number;
  toMs: number;
  series: readonly Series[];
  at: number;
  isSum: boolean;
  format: (value: number) => string;
  leftPx: number;
  widthPx: number;
}

const WIDTH_PX = 208;
const SHOWN = 9;

/** The values under the pointer. */
export function Tooltip({ fromMs, toMs, series, at, isSum, format, leftPx, widthPx }: TooltipProps) {
  const { zone } = usePreferences();
  const values = series
    .map((one) => ({ ...one, value: one.values[at] ?? null }))
    .filter(({ value }) => value !== null && !(isSum && value === 0));
  const total = values.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const left = leftPx + WIDTH_PX + 12 > widthPx ? leftPx - WIDTH_PX - 12 : leftPx + 12;
  return (
    <div
      className="pointer-events-none absolute top-1 z-20 rounded-box border border-line bg-panel p-2 text-[11px] tabular-nums shadow-float"
      style={{ left: Math.max(0, left), width: WIDTH_PX }}
    >
      <div className="text-dim">{spanLabel(fromMs, toMs, zone)}</div>
      {values.length === 0 ? (
        <div className="mt-1 text-faint">{isSum ? "none" : "nothing measured"}</div>
      ) : null}
      {values.slice(0, SHOWN).map(({ key, label, color, value }) => (
        <div key={key} className="mt-1 flex items-center gap-1.5">
          <span className="size-2 shrink-0 rounded-[2px]" style={{ background: color }} />
          <span className="min-w-0 flex-1 truncate">{label}</span>
          <span>{format(value as number)}</span>
        </div>
      ))}
      {isSum && values.length > 1 ? (
        <div className="mt-1 flex justify-between border-line border-t pt-1 font-medium">
          <span>together</span>
          <span>{format(total)}</span>
        </div>
      ) : null}
    </div>
  );
}
