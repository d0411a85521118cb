import { useMemo } from "react";
import { subjectOf } from "../../api/listSearch";
import type { ViewQuery } from "../../api/views";
import { Segments } from "../../components/Segments";
import { ColumnsMenu } from "../../components/table/ColumnsMenu";
import { ViewsMenu } from "../../components/views/ViewsMenu";
import { FilterBar } from "../../filter/FilterBar";
import { ExportMenu } from "./ExportMenu";
import { eventColumns } from "./eventColumns";
import { LiveToggle } from "./LiveToggle";
import type { ListProps } from "./list";
import { traceColumns } from "./traceColumns";

const SUBJECTS = { traces: "Traces", events: "Events" } as const;

interface ToolbarProps extends ListProps {
  onOpenView: (query: ViewQuery) => void;
}

/** What is listed, and how it is filtered and shown. */
export function Toolbar({ projectId, search, read, onChange, onOpenView }: ToolbarProps) {
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
        projectId={projectId}
        subject={subject}
        range={search}
        fields={read.fields}
        text={search.q ?? ""}
        onText={(q) => onChange({ q: q || undefined })}
        problem={read.problem}
      />
      <ViewsMenu projectId={projectId} page="traces" query={{ ...search }} onOpen={onOpenView} />
      <ColumnsMenu all={columns} named={search.columns} onChange={(named) => onChange({ columns: named })} />
      <ExportMenu projectId={projectId} search={search} read={read} />
      <LiveToggle search={search} onChange={onChange} />
    </div>
  );
}
