import { REST_KEY } from "../../components/chart/colors";
import type { Series } from "../../components/chart/scale";

interface LegendProps {
  series: readonly Series[];
  /** Shows only what has this key. */
  onKey?: ((key: string | null) => void) | undefined;
}

/** The names and colours of a chart's series, as many as fit in a line. */
export function Legend({ series, onKey }: LegendProps) {
  return (
    <ul
      className="flex min-w-0 flex-1 flex-wrap gap-x-3 overflow-hidden text-[11px] text-dim leading-5"
      style={{ height: 20 }}
    >
      {series.map(({ key, label, color }) => {
        const swatch = <span className="size-2 shrink-0 rounded-[2px]" style={{ background: color }} />;
        const className = "flex max-w-40 items-center gap-1.5";
        return (
          <li key={key} className="min-w-0">
            {onKey && key !== REST_KEY ? (
              <button
                type="button"
                title={`Only ${label}`}
                onClick={() => onKey(key || null)}
                className={`${className} hover:text-text`}
              >
                {swatch}
                <span className="truncate">{label}</span>
              </button>
            ) : (
              <span className={className}>
                {swatch}
                <span className="truncate">{label}</span>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
