/** What a project does not want stored. */

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, read, type Schemas } from "./client";

export type Rules = Required<Schemas["Rules"]>;
export type Detector = Rules["detectors"][number];
export type OwnPattern = Rules["patterns"][number];

const at = (project_id: string) => ({ path: { project_id } });

export function redactionQuery(projectId: string) {
  return queryOptions({
    queryKey: ["redaction", projectId],
    queryFn: async ({ signal }): Promise<Rules> =>
      whole(
        await read(client.GET("/api/v1/projects/{project_id}/redaction", { params: at(projectId), signal })),
      ),
  });
}

/** Keeps rules, and tries rules that are not kept on a text. */
export function useRedaction(projectId: string) {
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Rules) =>
      read(client.PUT("/api/v1/projects/{project_id}/redaction", { params: at(projectId), body })),
    onSuccess: (kept) => queryClient.setQueryData(redactionQuery(projectId).queryKey, whole(kept)),
  });
  const attempt = useMutation({
    mutationFn: (body: Rules & { text: string }) =>
      read(client.POST("/api/v1/projects/{project_id}/redaction/try", { params: at(projectId), body })),
  });
  return { save, attempt };
}

function whole(rules: Schemas["Rules"]): Rules {
  return { detectors: rules.detectors ?? [], patterns: rules.patterns ?? [] };
}
