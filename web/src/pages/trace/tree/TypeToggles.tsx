import clsx from "clsx";
import { useMemo } from "react";
import { eventType } from "../../../components/eventTypes";
import { count, exactCount } from "../../../format/format";
import { Text } from "../../../render/Text";
import type { TraceModel } from "../model";

// More names than this do not fit beside the search on a small screen: there the icons stand alone.
const MAX_NAMED = 3;

interface TypeTogglesProps {
  model: TraceModel;
  hiddenTypes: ReadonlySet<string>;
  onHiddenTypes: (hidden: ReadonlySet<string>) => void;
}

/** A button for each type of the trace, which takes its events out of sight. */
export function TypeToggles({ model, hiddenTypes, onHiddenTypes }: TypeTogglesProps) {
  const types = useMemo(() => countTypes(model), [model]);
  const toggle = (type: string) => {
    const next = new Set(hiddenTypes);
    if (!next.delete(type)) next.add(type);
    onHiddenTypes(next);
  };
  return (
    <div
      role="group"
      aria-label="Types of events"
      className="flex min-w-0 flex-1 items-center gap-1 overflow-x-auto [scrollbar-width:none]"
    >
      {types.map(([type, amount]) => {
        const { icon: Icon, name, text: color } = eventType(type);
        const isShown = !hiddenTypes.has(type);
        return (
          <button
            key={type}
            type="button"
            aria-pressed={isShown}
            aria-label={`${name} ${amount}`}
            title={`${isShown ? "Hide" : "Show"} ${exactCount(amount)} of type ${type}`}
            onClick={() => toggle(type)}
            className={clsx(
              "flex shrink-0 items-center gap-1 rounded-[4px] px-1.5 py-0.5 hover:bg-sunken",
              isShown ? "text-text" : "text-faint line-through",
            )}
          >
            <Icon className={clsx("size-3.5", isShown ? color : "text-faint")} aria-hidden />
            <span className={types.length > MAX_NAMED ? "hidden 2xl:inline" : undefined}>
              <Text value={name} />
            </span>
            <span className="text-faint tabular-nums">{count(amount)}</span>
          </button>
        );
      })}
    </div>
  );
}

/** Returns the types of the rows, the most frequent first. */
function countTypes({ type, folded, size }: TraceModel): [string, number][] {
  const counts = type.values.map(() => 0);
  for (let at = 0; at < size; at++) {
    const code = type.codes[at] as number;
    if (!folded[at]) counts[code] = (counts[code] as number) + 1;
  }
  return type.values
    .map((name, code): [string, number] => [name, counts[code] as number])
    .filter(([, amount]) => amount > 0)
    .sort((one, other) => other[1] - one[1]);
}
