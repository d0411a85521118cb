import { useMemo } from "react";
import { subjectOf } from "../../api/listSearch";
import { Segments } from "../../components/Segments";
import { ColumnsMenu } from "../../components/table/ColumnsMenu";
import { FilterBar } from "../../filter/FilterBar";
import { eventColumns } from "./eventColumns";
import { LiveToggle } from "./LiveToggle";
import type { ListProps } from "./list";
import { traceColumns } from "./traceColumns";

const SUBJECTS = { traces: "Traces", events: "Events" } as const;
const NO_FIELDS = new Map();

/** What is listed, and how it is filtered and shown. */
export function Toolbar({ projectId, search, read, onChange }: ListProps) {
  const subject = subjectOf(search);
  const columns = useMemo(
    () => (subject === "events" ? eventColumns(projectId) : traceColumns(projectId)),
    [subject, projectId],
  );
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
      <Segments
        label="What is listed"
        options={SUBJECTS}
        value={subject}
        // Columns and order belong to one of the two.
        onChange={(next) =>
          onChange({ of: next === "events" ? next : undefined, sort: undefined, columns: undefined })
        }
      />
      <FilterBar
        fields={read.fields ?? NO_FIELDS}
        text={search.q ?? ""}
        onText={(q) => onChange({ q: q || undefined })}
        problem={read.problem}
      />
      <ColumnsMenu all={columns} named={search.columns} onChange={(named) => onChange({ columns: named })} />
      <LiveToggle search={search} onChange={onChange} />
    </div>
  );
}
