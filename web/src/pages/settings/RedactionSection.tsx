import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Detector, type Rules, redactionQuery, useRedaction } from "../../api/redaction";
import { Button } from "../../components/Button";
import { Skeleton } from "../../components/Skeleton";
import { ErrorNote } from "../../layout/PageError";
import { Intro } from "./Intro";
import { type Line, PatternLines } from "./PatternLines";
import { RedactionTrial } from "./RedactionTrial";

const DETECTORS: Record<Detector, string> = {
  secrets: "API keys, tokens and passwords, by their form and by the name of the field",
  email: "E-mail addresses",
  phone: "Telephone numbers",
  card: "Numbers of payment cards",
};

/** What is taken out of every event before it is stored. */
export function RedactionSection({ projectId }: { projectId: string }) {
  const { data, error } = useQuery(redactionQuery(projectId));
  if (error) return <ErrorNote error={error} />;
  return (
    <>
      <Intro
        title="Redaction"
        about="What is found is never stored, in no log, and cannot be brought back. Rules hold for what comes in from now on; what is stored already stays as it is. Numbers, ids of traces and names of fields are left alone."
      />
      {data ? <RulesForm projectId={projectId} kept={data} /> : <Skeleton rows={5} height={30} />}
    </>
  );
}

function RulesForm({ projectId, kept }: { projectId: string; kept: Rules }) {
  const [detectors, setDetectors] = useState(kept.detectors);
  const [lines, setLines] = useState<Line[]>(() => kept.patterns.map((each, key) => ({ ...each, key })));
  const { save, attempt } = useRedaction(projectId);
  const patterns = lines
    .map(({ name, pattern }) => ({ name: name.trim(), pattern }))
    .filter(({ name, pattern }) => name || pattern);
  const rules: Rules = { detectors, patterns };
  const toggle = (detector: Detector) =>
    setDetectors((now) =>
      now.includes(detector) ? now.filter((one) => one !== detector) : [...now, detector],
    );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(rules);
  };
  return (
    <div className="grid max-w-5xl gap-8 xl:grid-cols-2">
      <form onSubmit={submit} className="grid content-start gap-5">
        <fieldset className="grid gap-1.5 text-xs">
          <legend className="mb-1 font-semibold">Look for</legend>
          {(Object.keys(DETECTORS) as Detector[]).map((detector) => (
            <label key={detector} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={detectors.includes(detector)}
                onChange={() => toggle(detector)}
              />
              {DETECTORS[detector]}
            </label>
          ))}
        </fieldset>
        <PatternLines lines={lines} onChange={setLines} />
        <div className="flex items-center gap-3">
          <Button type="submit" isPrimary disabled={save.isPending}>
            Save
          </Button>
          <span role="status" className="text-dim text-xs">
            {save.isSuccess ? "Saved." : null}
          </span>
        </div>
        {save.error ? (
          <p role="alert" className="text-error text-xs">
            {save.error.message}
          </p>
        ) : null}
      </form>
      <RedactionTrial
        said={attempt.data?.text}
        problem={attempt.error?.message}
        onTry={(text) => attempt.mutate({ ...rules, text })}
      />
    </div>
  );
}
