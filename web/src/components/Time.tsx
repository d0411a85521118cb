import { useSyncExternalStore } from "react";
import { age, moment } from "../format/format";
import { usePreferences } from "../theme/preferences";

const TICK_MS = 1_000;
let nowMs = Date.now();

/** One clock for every age on the page, so that they change together. */
function subscribe(onTick: () => void): () => void {
  const timer = setInterval(() => {
    nowMs = Date.now();
    onTick();
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** The time since, with the moment on hover. */
export function Age({ at }: { at: string }) {
  const now = useSyncExternalStore(subscribe, () => nowMs);
  const { zone } = usePreferences();
  return (
    <time dateTime={at} title={moment(at, zone)}>
      {age(at, now)}
    </time>
  );
}

/** The moment itself. */
export function Moment({ at }: { at: string }) {
  const { zone } = usePreferences();
  return (
    <time dateTime={at} className="tabular-nums">
      {moment(at, zone)}
    </time>
  );
}
