import { type FormEvent, useState } from "react";
import { between, bounds, type RangeSearch } from "../api/range";
import { Button } from "../components/Button";
import { fieldMoment, fromFieldMoment } from "../format/format";
import type { Zone } from "../theme/preferences";

interface AbsoluteRangeProps {
  search: RangeSearch;
  zone: Zone;
  onChoose: (search: RangeSearch) => void;
}

/** Two moments to fill in, in the zone in which the page shows times. */
export function AbsoluteRange({ search, zone, onChoose }: AbsoluteRangeProps) {
  const [problem, setProblem] = useState("");
  const { from, to = new Date().toISOString() } = bounds(search);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [start, end] = ["from", "to"].map((name) => fromFieldMoment(String(given.get(name)), zone));
    if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) {
      setProblem("Both moments are needed.");
    } else if (start >= end) setProblem("The end must be after the start.");
    else onChoose(between(start, end));
  };
  return (
    <form onSubmit={submit} className="grid flex-1 content-start gap-2.5 p-3">
      <Moment name="from" label="From" value={fieldMoment(from, zone)} />
      <Moment name="to" label="To, exclusive" value={fieldMoment(to, zone)} />
      {problem ? (
        <p role="alert" className="text-error text-xs">
          {problem}
        </p>
      ) : null}
      <div className="flex items-center justify-between">
        <span className="text-faint text-xs">{zone === "utc" ? "in UTC" : "in this computer's zone"}</span>
        <Button type="submit" isPrimary>
          Apply
        </Button>
      </div>
    </form>
  );
}

function Moment({ name, label, value }: { name: string; label: string; value: string }) {
  return (
    <label className="grid gap-1 text-dim text-xs">
      {label}
      <input
        type="datetime-local"
        name={name}
        step={1}
        defaultValue={value}
        className="rounded-box border border-line bg-page px-2 py-1 text-text tabular-nums"
      />
    </label>
  );
}
