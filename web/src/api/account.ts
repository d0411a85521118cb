/** The own account: where one is signed in, and the password. */

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, read, type Schemas } from "./client";
import { accountQuery } from "./queries";

export type OwnSession = Schemas["OwnSession"];

export const sessionsQuery = queryOptions({
  queryKey: ["own-sessions"],
  queryFn: async ({ signal }) => (await read(client.GET("/api/v1/auth/sessions", { signal }))).data,
});

export function useAccountChanges() {
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries(sessionsQuery);
  const end = useMutation({
    mutationFn: (session_id: string) =>
      read(client.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id } } })),
    onSettled,
  });
  const setPassword = useMutation({
    mutationFn: (body: { current: string; next: string }) =>
      read(client.PUT("/api/v1/auth/password", { body: { current: body.current, new: body.next } })),
    onSuccess: (account) => queryClient.setQueryData(accountQuery.queryKey, account),
    onSettled,
  });
  return { end, setPassword };
}
