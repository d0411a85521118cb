import { duration } from "../../../format/format";
import { COLUMNS } from "./TreeRow";

const MARKS = [0, 0.25, 0.5, 0.75] as const;

/** The time above the waterfall. */
export function Ruler({ totalMs }: { totalMs: number }) {
  return (
    <div className={`${COLUMNS} h-6 shrink-0 border-line border-b text-[11px] text-faint tabular-nums`}>
      <span className="pl-3">Event</span>
      <span className="relative h-full">
        {MARKS.map((mark) => (
          <span
            key={mark}
            className="absolute top-1 w-1/4 truncate border-line border-l pl-1"
            style={{ left: `${mark * 100}%` }}
          >
            {duration(totalMs * mark)}
          </span>
        ))}
      </span>
      <span className="text-right">Duration</span>
      <span className="text-right" title="Of the event and all below it; each call counts once">
        Tokens
      </span>
      <span className="text-right" title="Of the event and all below it; each call counts once">
        Cost
      </span>
    </div>
  );
}
