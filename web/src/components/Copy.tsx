import { Check, Copy as CopyIcon } from "lucide-react";
import { useState } from "react";

// Long enough to be seen, short enough to copy again.
const DONE_MS = 1_200;

/** A button that copies a text and says that it did. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), DONE_MS);
  };
  const Icon = isDone ? Check : CopyIcon;
  return (
    <button
      type="button"
      onClick={() => void copy()}
      title={label}
      aria-label={isDone ? "copied" : label}
      className="rounded-[4px] p-1 text-faint hover:bg-sunken hover:text-text"
    >
      <Icon className="size-3.5" aria-hidden />
    </button>
  );
}

/** An id in full on hover, short on the page, and ready to be copied. */
export function Id({ id, label }: { id: string; label: string }) {
  return (
    <span className="inline-flex max-w-full min-w-0 items-center font-mono text-[11px] text-dim">
      <span className="truncate" title={id}>
        {id}
      </span>
      <Copy text={id} label={`Copy the ${label}`} />
    </span>
  );
}
