/** How times are written under and in charts. */

import type { Zone } from "../../theme/preferences";

const TWO_DAYS_MS = 2 * 86_400_000;

/** "14:05", or "Nov 27" when more than two days are shown. */
export function timeLabel(ms: number, spanMs: number, zone: Zone): string {
  const place = zone === "utc" ? { timeZone: "UTC" } : {};
  return new Date(ms).toLocaleString(
    "en-US",
    spanMs > TWO_DAYS_MS
      ? { ...place, month: "short", day: "numeric" }
      : { ...place, hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  );
}

/** "Nov 27, 14:05 – 14:20". */
export function spanLabel(fromMs: number, toMs: number, zone: Zone): string {
  const day = timeLabel(fromMs, Number.POSITIVE_INFINITY, zone);
  const lastDay = timeLabel(toMs, Number.POSITIVE_INFINITY, zone);
  const [from, to] = [fromMs, toMs].map((ms) => timeLabel(ms, 0, zone));
  return `${day}, ${from} – ${lastDay === day ? "" : `${lastDay}, `}${to}`;
}
