import { ArrowDown, ArrowUp, Search } from "lucide-react";
import { useRef } from "react";
import { useKeys } from "../../../components/useKeys";
import { count, exactCount } from "../../../format/format";
import type { TraceModel } from "../model";
import { TypeToggles } from "./TypeToggles";

interface TreeBarProps {
  model: TraceModel;
  text: string;
  onText: (text: string) => void;
  found: Int32Array;
  /** What the search in texts says: still looking, or that it failed. */
  note: string | null;
  failing: Int32Array;
  onJump: (among: Int32Array, by: 1 | -1) => void;
  hiddenTypes: ReadonlySet<string>;
  onHiddenTypes: (hidden: ReadonlySet<string>) => void;
}

/** Finding in a trace, its types to show and hide, and where it failed. */
export function TreeBar(props: TreeBarProps) {
  const { model, text, onText, found, note, failing, onJump, hiddenTypes, onHiddenTypes } = props;
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
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
            if (event.key === "Enter") onJump(found, event.shiftKey ? -1 : 1);
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          className="w-full rounded-box border border-line bg-panel py-0.5 pr-2 pl-7 placeholder:text-faint"
        />
      </div>
      {text ? (
        <span className="flex shrink-0 items-center gap-0.5 text-dim tabular-nums" aria-live="polite">
          <span data-found={found.length} title={`${exactCount(found.length)} events`}>
            {count(found.length)} found{note ? ` ${note}` : ""}
          </span>
          <Step label="Found before (N)" icon={ArrowUp} onClick={() => onJump(found, -1)} />
          <Step label="Next found (n)" icon={ArrowDown} onClick={() => onJump(found, 1)} />
        </span>
      ) : null}
      <TypeToggles model={model} hiddenTypes={hiddenTypes} onHiddenTypes={onHiddenTypes} />
      {failing.length ? (
        <span
          className="flex shrink-0 items-center gap-0.5 text-error tabular-nums"
          title="Where something began to fail; what failed only because of it is not counted"
        >
          {count(failing.length)} {failing.length === 1 ? "failing step" : "failing steps"}
          <Step label="Failing step before (E)" icon={ArrowUp} onClick={() => onJump(failing, -1)} />
          <Step label="Next failing step (e)" icon={ArrowDown} onClick={() => onJump(failing, 1)} />
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
