/** The lists of traces and of events, page by page. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Subject } from "../filter/tree";
import { client, read } from "./client";
import { DEFAULT_SORT, type ListSearch } from "./listSearch";
import { bounds, isRelative } from "./range";

// New traces show up by themselves; a list of 100 rows costs the server about 15 ms.
const LIST_POLL_MS = 2_000;
const EMPTY_POLL_MS = 700;
// Rows that leave the range of time go with it.
const FOLLOWED_POLL_MS = 30_000;
const PAGE_ROWS = 100;

interface Page {
  data: unknown[];
  next_cursor: string | null;
}

interface Listed {
  projectId: string;
  search: ListSearch;
  /** The filter as the API takes it. */
  filter: string | undefined;
  /** Whether a stream brings what is new, so that the list need not ask so often. */
  isFollowed?: boolean;
}

function pageQuery({ projectId, search, filter }: Listed, cursor: string | null) {
  return {
    project_id: projectId,
    limit: PAGE_ROWS,
    sort: (search.sort ?? DEFAULT_SORT) as never,
    filter: filter ?? null,
    ...(cursor ? { cursor } : bounds(search)),
  };
}

/** Asks again while the list is live: its range ends now, and only its first page is open. */
function interval({ search, isFollowed = false }: Listed) {
  return ({ state }: { state: { data?: { pages: Page[] } | undefined } }) => {
    // Further pages are bound to the time of the first: with more than one open, the list stands still.
    const isOpenFurther = (state.data?.pages.length ?? 1) > 1;
    if (search.live === "off" || !isRelative(search) || isOpenFurther) return false as const;
    if (isFollowed) return FOLLOWED_POLL_MS;
    return state.data?.pages[0]?.data.length ? LIST_POLL_MS : EMPTY_POLL_MS;
  };
}

const PAGED = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: Page) => page.next_cursor,
  placeholderData: keepPreviousData,
};

export function listKey(subject: Subject, { projectId, search, filter }: Listed) {
  const { range, from, to, sort, live } = search;
  return [subject, projectId, { range, from, to, sort, live, filter }] as const;
}

export function tracesQuery(listed: Listed) {
  return infiniteQueryOptions({
    ...PAGED,
    queryKey: listKey("traces", listed),
    queryFn: ({ pageParam, signal }) =>
      read(client.GET("/api/v1/traces", { params: { query: pageQuery(listed, pageParam) }, signal })),
    refetchInterval: interval(listed),
  });
}

export function eventsQuery(listed: Listed) {
  return infiniteQueryOptions({
    ...PAGED,
    queryKey: listKey("events", listed),
    queryFn: ({ pageParam, signal }) =>
      read(client.GET("/api/v1/events", { params: { query: pageQuery(listed, pageParam) }, signal })),
    refetchInterval: interval(listed),
  });
}

/** Whether the project has ever had a trace: decides between the empty state and "nothing in this range". */
export function anyTraceQuery(projectId: string) {
  return queryOptions({
    queryKey: ["any-trace", projectId],
    queryFn: async () => {
      const query = { project_id: projectId, limit: 1, ...bounds({ range: "400d" }) };
      return (await read(client.GET("/api/v1/traces", { params: { query } }))).data.length > 0;
    },
    refetchInterval: ({ state }) => (state.data ? false : EMPTY_POLL_MS),
  });
}
