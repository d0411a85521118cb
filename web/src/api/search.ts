/** The search over inputs and outputs: its view in the address, and its pages. */

import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { client, read, type Schemas } from "./client";
import { bounds, type RangeSearch, rangeOf, readRange } from "./range";

export type FoundEvent = Schemas["FoundEvent"];

export interface TextSearch extends RangeSearch {
  /** What to find, as it is. */
  text?: string | undefined;
  /** Which events, as the text of a filter. */
  q?: string | undefined;
}

const PAGE_ROWS = 50;

export function readTextSearch(given: Record<string, unknown>): TextSearch {
  const { text, q } = given;
  const search: TextSearch = readRange(given);
  if (typeof text === "string" && text !== "") search.text = text;
  if (typeof q === "string" && q.trim()) search.q = q;
  return search;
}

export function searchQuery(projectId: string, search: TextSearch, filter: string | undefined) {
  const { text = "" } = search;
  return infiniteQueryOptions({
    queryKey: ["search", projectId, text, rangeOf(search), filter],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        project_id: projectId,
        q: text,
        limit: PAGE_ROWS,
        filter: filter ?? null,
        ...(pageParam ? { cursor: pageParam } : bounds(search)),
      };
      return read(client.GET("/api/v1/search", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}
