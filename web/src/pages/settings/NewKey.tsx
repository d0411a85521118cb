import { type FormEvent, useState } from "react";
import type { NewApiKey } from "../../api/projects";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";

interface NewKeyProps {
  problem: string | undefined;
  isBusy: boolean;
  onMake: (body: NewApiKey) => void;
  onClose: () => void;
}

const SCOPES = {
  ingest: "send events",
  read: "read traces and figures",
  prompts: "read prompts",
} as const;
type Scope = keyof typeof SCOPES;
const EXPIRIES = { "": "never", "30": "in 30 days", "90": "in 90 days", "365": "in a year" };

/** Asks what a new key is for. */
export function NewKey({ problem, isBusy, onMake, onClose }: NewKeyProps) {
  const [scopes, setScopes] = useState<Scope[]>(["ingest"]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const days = Number(given.get("expiry"));
    onMake({ name: String(given.get("name")), scopes, expires_in_days: days || null });
  };
  const toggle = (scope: Scope) =>
    setScopes((now) => (now.includes(scope) ? now.filter((one) => one !== scope) : [...now, scope]));
  return (
    <Dialog label="New API key" onClose={onClose} className="w-[400px] max-w-[92vw]">
      <form onSubmit={submit} className="grid gap-3 p-4">
        <h2 className="font-semibold">New API key</h2>
        <Field label="Name">
          <input name="name" data-first required maxLength={100} placeholder="support agent" />
        </Field>
        <fieldset className="grid gap-1.5 text-xs">
          <legend className="mb-1 text-dim">It may</legend>
          {(Object.keys(SCOPES) as Scope[]).map((scope) => (
            <label key={scope} className="flex items-center gap-2">
              <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
              {SCOPES[scope]} <span className="font-mono text-faint">{scope}</span>
            </label>
          ))}
        </fieldset>
        <Field label="It expires">
          <select name="expiry">
            {Object.entries(EXPIRIES).map(([days, words]) => (
              <option key={days} value={days}>
                {words}
              </option>
            ))}
          </select>
        </Field>
        {problem ? (
          <p role="alert" className="text-error text-xs">
            {problem}
          </p>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" isPrimary disabled={isBusy || scopes.length === 0}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
