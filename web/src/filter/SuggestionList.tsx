import clsx from "clsx";
import type { Suggestion } from "./suggest";

interface SuggestionListProps {
  id: string;
  options: readonly Suggestion[];
  marked: number;
  isOfValues: boolean;
  onTake: (option: Suggestion) => void;
}

/** The suggestions under a filter bar. The listbox is always there, as its field refers to it. */
export function SuggestionList({ id, options, marked, isOfValues, onTake }: SuggestionListProps) {
  return (
    <div
      className={clsx(
        "absolute top-full left-0 z-20 mt-1 max-h-80 w-96 max-w-full overflow-auto rounded-box border border-line bg-panel p-1 shadow-float",
        options.length === 0 && "hidden",
      )}
    >
      <div id={`${id}-list`} role="listbox" aria-label={isOfValues ? "Values" : "Fields"}>
        {options.map((option, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys of its list.
          <div
            key={option.text}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === marked}
            // The focus stays in the field.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onTake(option)}
            className={clsx(
              "flex cursor-pointer items-baseline gap-3 rounded-[4px] px-2 py-1 text-xs hover:bg-sunken",
              at === marked && "bg-sunken",
            )}
          >
            <span className="min-w-0 truncate font-mono">{option.label}</span>
            <span className="ml-auto shrink-0 text-faint tabular-nums">{option.detail}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
