/** Deletion for good, and projects that were deleted and can be restored. */

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { client, read, type Schemas } from "./client";
import { accountQuery } from "./queries";

export type Deletion = Schemas["DeletionAnswer"];
export type DeletionSubject = { kind: "trace" | "end_user"; id: string };

// Until all of them have come to their end, somebody may be watching.
const WATCH_MS = 2_000;

export function deletionsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["deletions", projectId],
    queryFn: async ({ signal }) => {
      const params = { path: { project_id: projectId } };
      return (await read(client.GET("/api/v1/projects/{project_id}/deletions", { params, signal }))).data;
    },
    refetchInterval: ({ state }) =>
      state.data?.some((deletion) => deletion.state !== "finished") ? WATCH_MS : false,
  });
}

export function useDeletion(projectId: string) {
  const queryClient = useQueryClient();
  const query = { project_id: projectId };
  return useMutation({
    mutationFn: ({ kind, id }: DeletionSubject) =>
      read(
        kind === "trace"
          ? client.DELETE("/api/v1/traces/{trace_id}", { params: { path: { trace_id: id }, query } })
          : client.DELETE("/api/v1/end-users/{user_id}", { params: { path: { user_id: id }, query } }),
      ),
    // What any page has read may hold some of it: pages not open forget it, so that none shows it even for a moment.
    onSuccess: () => {
      queryClient.removeQueries({ type: "inactive" });
      return queryClient.invalidateQueries();
    },
  });
}

export const deletedProjectsQuery = queryOptions({
  queryKey: ["deleted-projects"],
  queryFn: async ({ signal }) =>
    (await read(client.GET("/api/v1/projects", { params: { query: { deleted: true } }, signal }))).data,
});

export function useRestore() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (project_id: string) =>
      read(client.POST("/api/v1/projects/{project_id}/restore", { params: { path: { project_id } } })),
    onSettled: async () => {
      await queryClient.invalidateQueries(deletedProjectsQuery);
      await queryClient.fetchQuery({ ...accountQuery, staleTime: 0 });
      await router.invalidate();
    },
  });
}
