import { type FormEvent, useState } from "react";
import { Button } from "../Button";

interface SaveViewProps {
  isBusy: boolean;
  problem: string | undefined;
  onSave: (name: string, done: () => void) => void;
}

// As many as the server keeps.
const MAX_NAME_CHARS = 100;

/** Keeps the present view under a name. */
export function SaveView({ isBusy, problem, onSave }: SaveViewProps) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) onSave(name.trim(), () => setName(""));
  };
  return (
    <form onSubmit={submit} className="mt-1 border-line border-t p-2">
      <div className="flex gap-2">
        <input
          aria-label="Name of this view"
          placeholder="Name of this view"
          value={name}
          maxLength={MAX_NAME_CHARS}
          onChange={(event) => setName(event.target.value)}
          className="h-7 min-w-0 flex-1 rounded-box border border-line bg-page px-2 text-xs placeholder:text-faint"
        />
        <Button type="submit" disabled={isBusy || !name.trim()}>
          Save
        </Button>
      </div>
      {problem ? (
        <p role="alert" className="mt-1.5 text-error text-xs">
          {problem}
        </p>
      ) : null}
    </form>
  );
}
