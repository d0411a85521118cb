import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useKeys } from "../../components/useKeys";

// A pause in typing; every letter would ask the server.
const TYPING_MS = 300;

/** What to find. It is looked for when typing pauses, or at once by Enter. */
export function TextField({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onText(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onText]);
  useKeys({ "/": () => field.current?.focus() });
  return (
    <div className="relative min-w-48 flex-1">
      <Search className="pointer-events-none absolute top-2 left-2 size-3.5 text-faint" aria-hidden />
      <input
        ref={field}
        type="search"
        aria-label="Text to find"
        placeholder="Find in inputs and outputs, in any language      /"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onText(typed);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        className="h-7 w-full rounded-box border border-line bg-panel pr-2 pl-7 text-xs placeholder:text-faint"
      />
    </div>
  );
}
