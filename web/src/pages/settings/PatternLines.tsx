import { Plus, X } from "lucide-react";
import type { OwnPattern } from "../../api/redaction";
import { Button } from "../../components/Button";

/** A pattern as it is being written; `key` tells lines apart while names change. */
export type Line = OwnPattern & { key: number };

const INPUT = "h-7 rounded-box border border-line bg-page px-2 text-text text-xs placeholder:text-faint";

/** The project's own patterns, a line each. */
export function PatternLines({ lines, onChange }: { lines: Line[]; onChange: (next: Line[]) => void }) {
  const change = (key: number, part: Partial<OwnPattern>) =>
    onChange(lines.map((line) => (line.key === key ? { ...line, ...part } : line)));
  const add = () =>
    onChange([...lines, { name: "", pattern: "", key: 1 + Math.max(-1, ...lines.map((line) => line.key)) }]);
  return (
    <fieldset className="grid gap-1.5 text-xs">
      <legend className="mb-1 font-semibold">Own patterns</legend>
      <p className="text-dim">
        Regular expressions. What one matches becomes <code>[redacted:name]</code>.
      </p>
      {lines.map((line) => (
        <div key={line.key} className="grid grid-cols-[120px_1fr_28px] gap-1.5">
          <input
            aria-label="Name of the pattern"
            value={line.name}
            onChange={({ target }) => change(line.key, { name: target.value })}
            placeholder="ticket"
            pattern="[A-Za-z0-9_\-]{1,32}"
            title="Letters, digits, - and _"
            required
            className={INPUT}
          />
          <input
            aria-label="Pattern"
            value={line.pattern}
            onChange={({ target }) => change(line.key, { pattern: target.value })}
            placeholder="TICKET-[0-9]+"
            maxLength={500}
            required
            spellCheck={false}
            className={`${INPUT} font-mono`}
          />
          <button
            type="button"
            aria-label={`Remove the pattern ${line.name}`}
            onClick={() => onChange(lines.filter(({ key }) => key !== line.key))}
            className="grid place-items-center rounded-box text-dim hover:bg-sunken"
          >
            <X className="size-3.5" aria-hidden />
          </button>
        </div>
      ))}
      <Button className="justify-self-start" onClick={add}>
        <Plus className="size-3.5" aria-hidden />
        Add a pattern
      </Button>
    </fieldset>
  );
}
