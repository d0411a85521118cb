import { type ProseMode, setProseMode, useProseMode } from "./proseMode";

const MODES: Record<ProseMode, string> = { text: "Text", markdown: "Markdown" };

/** Chooses how texts are read. */
export function ProseToggle() {
  const mode = useProseMode();
  return (
    <span role="group" aria-label="Texts as" className="inline-flex rounded-[4px] border border-line">
      {(Object.keys(MODES) as ProseMode[]).map((id) => (
        <button
          key={id}
          type="button"
          aria-pressed={mode === id}
          onClick={() => setProseMode(id)}
          className="px-1.5 text-[11px] text-dim first:border-line first:border-r aria-pressed:bg-sunken aria-pressed:text-text"
        >
          {MODES[id]}
        </button>
      ))}
    </span>
  );
}
