/** Saved views: a page as one person left it. */

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, read, type Schemas } from "./client";

export type View = Schemas["View"];
/** What stands in the address of a page. */
export type ViewQuery = Record<string, string | undefined>;

export function viewsQuery(projectId: string, page: string) {
  return queryOptions({
    queryKey: ["views", projectId, page],
    queryFn: async ({ signal }) => {
      const query = { project_id: projectId, page };
      return (await read(client.GET("/api/v1/views", { params: { query }, signal }))).data;
    },
    staleTime: 30_000,
  });
}

/** Keeps and removes views; the list follows. */
export function useViewChanges(projectId: string, page: string) {
  const queryClient = useQueryClient();
  const params = { query: { project_id: projectId } };
  const { queryKey } = viewsQuery(projectId, page);
  const onSettled = () => queryClient.invalidateQueries({ queryKey });
  const add = useMutation({
    mutationFn: ({ name, query }: { name: string; query: ViewQuery }) => {
      const known = Object.entries(query).filter(([, value]) => value !== undefined);
      const body = { name, page, query: Object.fromEntries(known) };
      return read(client.POST("/api/v1/views", { params, body }));
    },
    onSettled,
  });
  const remove = useMutation({
    mutationFn: ({ view_id }: View) =>
      read(client.DELETE("/api/v1/views/{view_id}", { params: { ...params, path: { view_id } } })),
    // Gone at once; what the server refused to remove comes back with the list.
    onMutate: async ({ view_id }) => {
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, (views) => views?.filter((view) => view.view_id !== view_id));
    },
    onSettled,
  });
  return { add, remove };
}

/** The query of a view as an address takes it: another version of the app may have kept something else. */
export function queryOf(view: View): ViewQuery {
  return Object.fromEntries(
    Object.entries(view.query).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
