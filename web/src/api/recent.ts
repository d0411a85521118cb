import { queryOptions } from "@tanstack/react-query";
import { client, read } from "./client";
import { bounds } from "./range";

const SHOWN = 8;

/** The newest traces of the last week, for jumping back to one. */
export function recentTracesQuery(projectId: string) {
  return queryOptions({
    queryKey: ["recent-traces", projectId],
    queryFn: async ({ signal }) => {
      const query = { project_id: projectId, limit: SHOWN, ...bounds({ range: "7d" }) };
      return (await read(client.GET("/api/v1/traces", { params: { query }, signal }))).data;
    },
    staleTime: 5_000,
  });
}
