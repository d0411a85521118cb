import { ListFilter, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useKeys } from "../components/useKeys";
import { parseFilter } from "./parse";
import { placeAt, taken } from "./place";
import { SuggestionList } from "./SuggestionList";
import type { Suggestion } from "./suggest";
import type { Fields } from "./tree";
import { useSuggestions } from "./useSuggestions";

interface FilterBarProps {
  fields: Fields;
  /** The filter as it stands in the address. */
  text: string;
  onText: (text: string) => void;
  /** What the server, or the text itself, says against it. */
  problem?: string | undefined;
  placeholder?: string;
}

/** A filter as text, with suggestions of fields and of the values that were sent. Enter applies it. */
export function FilterBar(props: FilterBarProps) {
  const { fields, text, onText, problem, placeholder } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  const [caret, setCaret] = useState(text.length);
  const [isOpen, setOpen] = useState(false);
  const [marked, setMarked] = useState(-1);
  useEffect(() => setTyped(text), [text]);
  useKeys({ "/": () => input.current?.focus() });
  const place = isOpen ? placeAt(typed, caret, fields) : undefined;
  const options = useSuggestions(place, fields);
  const shown = isOpen ? options : [];

  const edit = (next: string, at: number) => {
    setTyped(next);
    setCaret(at);
    setMarked(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const apply = (next: string) => {
    setOpen(false);
    if (next.trim() !== text.trim()) onText(next.trim());
  };
  const take = (option: Suggestion) => {
    if (!place) return;
    const next = taken(typed, place, option.text);
    edit(next.text, next.caret);
    if (place.kind === "value" && !parseFilter(next.text, fields).problem) onText(next.text.trim());
    input.current?.focus();
    setOpen(true);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const chosen = shown[marked];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const by = event.key === "ArrowDown" ? 1 : -1;
      setMarked((now) => Math.max(-1, Math.min(shown.length - 1, now + by)));
    } else if (event.key === "Tab" && shown.length && isOpen && place?.prefix) {
      event.preventDefault();
      take(chosen ?? (shown[0] as Suggestion));
    } else if (event.key === "Enter") {
      if (chosen) take(chosen);
      else apply(typed);
    } else if (event.key === "Escape") {
      if (isOpen && shown.length) setOpen(false);
      else input.current?.blur();
      event.stopPropagation();
    }
  };
  const at = (event: React.SyntheticEvent<HTMLInputElement>) =>
    setCaret(event.currentTarget.selectionStart ?? 0);
  const wrong = (typed === text ? problem : undefined) ?? "";
  return (
    <div className="relative min-w-40 flex-1">
      <ListFilter className="pointer-events-none absolute top-2 left-2 size-3.5 text-faint" aria-hidden />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Filter"
        aria-expanded={shown.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={marked >= 0 ? `${id}-${marked}` : undefined}
        aria-invalid={wrong !== ""}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        placeholder={placeholder ?? 'status:error  cost>0.05  duration>10s  "refund"      /'}
        onChange={(event) => {
          setTyped(event.target.value);
          setMarked(-1);
          setOpen(true);
          at(event);
          if (event.target.value === "") apply("");
        }}
        onSelect={at}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        className="h-7 w-full rounded-box border border-line bg-panel pr-7 pl-7 font-mono text-[12px] placeholder:text-faint aria-invalid:border-error"
      />
      {typed ? (
        <button
          type="button"
          aria-label="Clear the filter"
          onClick={() => {
            edit("", 0);
            apply("");
          }}
          className="absolute top-1 right-1 rounded-[4px] p-1 text-faint hover:bg-sunken hover:text-text"
        >
          <X className="size-3" aria-hidden />
        </button>
      ) : null}
      <SuggestionList
        id={id}
        options={shown}
        marked={marked}
        onTake={take}
        isOfValues={place?.kind === "value"}
      />
      {wrong ? (
        <p
          id={`${id}-wrong`}
          role="alert"
          className="absolute top-full left-0 z-10 mt-1 rounded-box border border-line bg-panel px-2 py-1 text-error text-xs shadow-float"
        >
          {wrong}
        </p>
      ) : null}
    </div>
  );
}
