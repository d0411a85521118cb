import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { type ListSearch, subjectOf } from "../../api/listSearch";
import { useFilter } from "../../filter/useFilter";
import { useTitle } from "../../layout/useTitle";
import { EventList } from "./EventList";
import { Toolbar } from "./Toolbar";
import { TraceList } from "./TraceList";

/** The list of traces, or of single events: filter, rows. */
export function TracesPage() {
  const { projectId } = useParams({ from: "/app/p/$projectId/traces" });
  const search = useSearch({ from: "/app/p/$projectId/traces" });
  const navigate = useNavigate({ from: "/p/$projectId/traces" });
  const change = useCallback(
    (next: Partial<ListSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const subject = subjectOf(search);
  const read = useFilter(projectId, subject, search.q);
  useTitle(subject === "events" ? "Events" : "Traces");
  const list = { projectId, search, read, onChange: change };
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">{subject === "events" ? "Events" : "Traces"}</h1>
      <Toolbar {...list} />
      {subject === "events" ? <EventList {...list} /> : <TraceList {...list} />}
    </div>
  );
}
