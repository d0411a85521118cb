import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { TextSearch } from "../../api/search";
import { FilterBar } from "../../filter/FilterBar";
import { useFilter } from "../../filter/useFilter";
import { useTitle } from "../../layout/useTitle";
import { Results } from "./Results";
import { TextField } from "./TextField";

/** Finds a text in the inputs and outputs of a range. */
export function SearchPage() {
  const { projectId } = useParams({ from: "/app/p/$projectId/search" });
  const search = useSearch({ from: "/app/p/$projectId/search" });
  const navigate = useNavigate({ from: "/p/$projectId/search" });
  const change = useCallback(
    (next: Partial<TextSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const onText = useCallback((text: string) => change({ text: text || undefined }), [change]);
  const read = useFilter(projectId, "events", search.q);
  useTitle(search.text ? `“${search.text}”` : "Search");
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Search</h1>
      <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
        <TextField text={search.text ?? ""} onText={onText} />
        <FilterBar
          projectId={projectId}
          subject="events"
          range={search}
          fields={read.fields}
          text={search.q ?? ""}
          onText={(q) => change({ q: q || undefined })}
          problem={read.problem}
          placeholder="in which events: type:model_response  user:u_81"
          isMain={false}
        />
      </div>
      <Results projectId={projectId} search={search} read={read} onChange={change} />
    </div>
  );
}
