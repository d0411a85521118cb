import clsx from "clsx";
import { ArrowDown, ArrowUp, Search } from "lucide-react";
import { useMemo, useRef } from "react";
import { eventType } from "../../components/eventTypes";
import { useKeys } from "../../components/useKeys";
import { count } from "../../format/format";
import type { TraceModel } from "./model";

interface TreeBarProps {
  model: TraceModel;
  text: string;
  onText: (text: string) => void;
  foundCount: number;
  onFound: (by: 1 | -1) => void;
  errorCount: number;
  onError: (by: 1 | -1) => void;
  hiddenTypes: ReadonlySet<string>;
  onHiddenTypes: (hidden: ReadonlySet<string>) => void;
}

/** Finding in a trace, its types to show and hide, and its errors. */
export function TreeBar(props: TreeBarProps) {
  const { model, text, onText, foundCount, onFound, errorCount, onError, hiddenTypes, onHiddenTypes } = props;
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  const types = useMemo(() => countTypes(model), [model]);
  const toggle = (type: string) => {
    const next = new Set(hiddenTypes);
    if (!next.delete(type)) next.add(type);
    onHiddenTypes(next);
  };
  return (
    <div className="flex h-9 shrink-0 items-center gap-2 overflow-hidden whitespace-nowrap border-line border-b px-2">
      <div className="relative w-44 shrink-0">
        <Search className="pointer-events-none absolute top-1.5 left-2 size-3.5 text-faint" aria-hidden />
        <input
          ref={field}
          type="search"
          value={text}
          aria-label="Find in trace"
          placeholder="find in trace   /"
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") onFound(event.shiftKey ? -1 : 1);
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          className="w-full rounded-box border border-line bg-panel py-0.5 pr-2 pl-7 placeholder:text-faint"
        />
      </div>
      {text ? <span className="shrink-0 text-dim tabular-nums">{count(foundCount)} found</span> : null}
      <div className="flex min-w-0 flex-1 items-center gap-1 overflow-x-auto [scrollbar-width:none]">
        {types.map(([type, amount]) => {
          const { icon: Icon, name, text: color } = eventType(type);
          const isShown = !hiddenTypes.has(type);
          return (
            <button
              key={type}
              type="button"
              aria-pressed={isShown}
              title={`${isShown ? "Hide" : "Show"} ${name}`}
              onClick={() => toggle(type)}
              className={clsx(
                "flex shrink-0 items-center gap-1 rounded-[4px] px-1.5 py-0.5 hover:bg-sunken",
                !isShown && "opacity-40",
              )}
            >
              <Icon className={clsx("size-3.5", color)} aria-hidden />
              {name} <span className="text-faint tabular-nums">{count(amount)}</span>
            </button>
          );
        })}
      </div>
      {errorCount ? (
        <span className="flex shrink-0 items-center gap-0.5 text-error tabular-nums">
          {count(errorCount)} {errorCount === 1 ? "error" : "errors"}
          <Step label="Error before (E)" icon={ArrowUp} onClick={() => onError(-1)} />
          <Step label="Next error (e)" icon={ArrowDown} onClick={() => onError(1)} />
        </span>
      ) : null}
    </div>
  );
}

function Step({ label, icon: Icon, onClick }: { label: string; icon: typeof ArrowUp; onClick: () => void }) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      onClick={onClick}
      className="rounded-[4px] p-0.5 hover:bg-sunken"
    >
      <Icon className="size-3.5" aria-hidden />
    </button>
  );
}

function countTypes(model: TraceModel): [string, number][] {
  const counts = new Map<string, number>();
  model.columns.type.forEach((type, at) => {
    if (model.folded[at] !== 1) counts.set(type, (counts.get(type) ?? 0) + 1);
  });
  return [...counts].sort((one, other) => other[1] - one[1]);
}
