/** New and changed traces as they are stored, put into the list that is shown. */

import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import type { Schemas, TraceRow } from "./client";

type Pages = InfiniteData<Schemas["TraceList"], string | null>;

/** The address of the stream of a project's traces that fit a filter. */
export function liveAddress(projectId: string, filter: string | undefined): string {
  const query = new URLSearchParams({ project_id: projectId, ...(filter ? { filter } : {}) });
  return `/api/v1/live?${query}`;
}

/** Puts rows in the place of those of the same traces; traces that are new come first, the newest at the top. */
export function withRows(pages: Pages, rows: readonly TraceRow[]): Pages {
  const coming = new Map(rows.map((row) => [row.trace_id, row]));
  const known = pages.pages.map((page) => ({
    ...page,
    data: page.data.map((row) => {
      const changed = coming.get(row.trace_id);
      if (changed) coming.delete(row.trace_id);
      return changed ?? row;
    }),
  }));
  const [first, ...others] = known;
  if (!first) return pages;
  const added = [...coming.values()];
  const data = [...added, ...first.data].sort((a, b) => (a.start_time < b.start_time ? 1 : -1));
  return { ...pages, pages: [{ ...first, data: added.length ? data : first.data }, ...others] };
}

/** Puts rows into a list in the cache, if it is there. */
export function showRows(queryClient: QueryClient, key: QueryKey, rows: readonly TraceRow[]): void {
  queryClient.setQueryData<Pages>(key, (pages) => (pages ? withRows(pages, rows) : pages));
}
