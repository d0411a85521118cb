import clsx from "clsx";
import { eventType } from "../../../components/eventTypes";
import { type TraceModel, textAt } from "../model";

// More bars of a run than this would be one bar.
const MAX_BARS = 60;

interface BarProps {
  model: TraceModel;
  at: number;
  isWholeRun: boolean;
}

/** The time of an event in that of the trace; a run that is closed has one bar for each of its events. */
export function Bar({ model, at, isWholeRun }: BarProps) {
  const events = isWholeRun ? eventsOfRun(model, at) : [at];
  return (
    <span className="relative h-full" data-bar={at}>
      {events.map((event) => (
        <Stroke key={event} model={model} at={event} />
      ))}
    </span>
  );
}

function Stroke({ model, at }: { model: TraceModel; at: number }) {
  const { start, length, total } = model;
  const scale = total > 0 ? 100 / total : 0;
  const left = (start[at] as number) * scale;
  const width = Math.min((length[at] as number) * scale, 100);
  const status = textAt(model.status, at);
  return (
    <span
      className={clsx(
        "absolute top-2 h-2.5 min-w-[2px] rounded-[2px]",
        status === "error" ? "bg-error" : eventType(textAt(model.type, at)).bar,
        status === "running" && "opacity-50",
      )}
      style={{ left: `min(${left}%, calc(100% - 2px))`, width: `${width}%` }}
    />
  );
}

/** Returns the events of a run, or some that are spread over it. */
function eventsOfRun(model: TraceModel, first: number): number[] {
  const all: number[] = [];
  const count = model.run[first] as number;
  const step = Math.ceil(count / MAX_BARS);
  let at = first;
  for (let number = 0; number < count; number++) {
    if (number % step === 0) all.push(at);
    at = model.end[at] as number;
  }
  return all;
}
