/** Sessions and end users: the lists, one of them, and the turns of a conversation. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Condition } from "../filter/tree";
import { client, read, type Schemas } from "./client";
import { END_USER_SORTS, type GroupSearch, SESSION_SORTS } from "./groupSearch";
import { bounds, isRelative, rangeOf } from "./range";

export type SessionRow = Schemas["SessionRow"];
export type EndUserRow = Schemas["EndUserRow"];

interface Listed {
  projectId: string;
  search: GroupSearch;
  /** The filter of traces as the API takes it. */
  filter: string | undefined;
}

const PAGE_ROWS = 100;
const POLL_MS = 5_000;
// Turns are long: a screen shows two or three.
const PAGE_TURNS = 20;

function page({ projectId, search, filter }: Listed, cursor: string | null, usualSort: string) {
  return {
    project_id: projectId,
    limit: PAGE_ROWS,
    // The address was checked against the sorts of the route.
    sort: (search.sort ?? `-${usualSort}`) as never,
    filter: filter ?? null,
    ...(cursor ? { cursor } : bounds(search)),
  };
}

function paged({ projectId, search, filter }: Listed, what: string) {
  return {
    queryKey: [what, projectId, rangeOf(search), search.sort, filter] as const,
    initialPageParam: null as string | null,
    placeholderData: keepPreviousData,
    staleTime: POLL_MS,
  };
}

/** Asks again while only the first page is open and the range ends now. */
function interval(search: GroupSearch) {
  return ({ state }: { state: { data?: { pages: unknown[] } | undefined } }) =>
    isRelative(search) && (state.data?.pages.length ?? 1) === 1 ? POLL_MS : (false as const);
}

export function sessionsQuery(listed: Listed) {
  return infiniteQueryOptions({
    ...paged(listed, "sessions"),
    queryFn: ({ pageParam, signal }) =>
      read(
        client.GET("/api/v1/sessions", {
          params: { query: page(listed, pageParam, SESSION_SORTS[0]) },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: interval(listed.search),
  });
}

export function endUsersQuery(listed: Listed) {
  return infiniteQueryOptions({
    ...paged(listed, "end-users"),
    queryFn: ({ pageParam, signal }) =>
      read(
        client.GET("/api/v1/end-users", {
          params: { query: page(listed, pageParam, END_USER_SORTS[0]) },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: interval(listed.search),
  });
}

export function sessionQuery(projectId: string, sessionId: string) {
  return queryOptions({
    queryKey: ["session", projectId, sessionId],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/sessions/{session_id}", {
          params: { path: { session_id: sessionId }, query: { project_id: projectId } },
          signal,
        }),
      ),
    refetchInterval: POLL_MS,
  });
}

export function endUserQuery(projectId: string, userId: string) {
  return queryOptions({
    queryKey: ["end-user", projectId, userId],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/v1/end-users/{user_id}", {
          params: { path: { user_id: userId }, query: { project_id: projectId } },
          signal,
        }),
      ),
    refetchInterval: POLL_MS,
  });
}

/** The traces of a session or an end user in order of time, as the turns of a conversation. */
export function turnsQuery(projectId: string, of: Condition, sort: "start_time" | "-start_time") {
  return infiniteQueryOptions({
    queryKey: ["turns", projectId, of, sort],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        project_id: projectId,
        limit: PAGE_TURNS,
        sort,
        filter: JSON.stringify(of),
        ...(pageParam ? { cursor: pageParam } : bounds({ range: "400d" })),
      };
      return read(client.GET("/api/v1/traces", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: POLL_MS,
  });
}
