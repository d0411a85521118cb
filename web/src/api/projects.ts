/** Projects and what belongs to their administration: members, API keys, the audit log. */

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { client, read, type Schemas } from "./client";
import { accountQuery } from "./queries";

export type Project = Schemas["ProjectAnswer"];
export type ApiKey = Schemas["ApiKeyAnswer"];
export type MadeApiKey = Schemas["MadeApiKey"];
export type NewApiKey = Schemas["NewApiKey"];
export type Member = Schemas["MemberAnswer"];
export type AuditRow = Schemas["AuditAnswer"];
export type Role = Member["role"];

const AUDIT_PAGE = 100;

export function projectQuery(projectId: string) {
  return queryOptions({
    queryKey: ["project", projectId],
    queryFn: ({ signal }) =>
      read(client.GET("/api/v1/projects/{project_id}", { params: at(projectId), signal })),
  });
}

export function keysQuery(projectId: string) {
  return queryOptions({
    queryKey: ["api-keys", projectId],
    queryFn: async ({ signal }) =>
      (await read(client.GET("/api/v1/projects/{project_id}/api-keys", { params: at(projectId), signal })))
        .data,
  });
}

export function membersQuery(projectId: string) {
  return queryOptions({
    queryKey: ["members", projectId],
    queryFn: async ({ signal }) =>
      (await read(client.GET("/api/v1/projects/{project_id}/members", { params: at(projectId), signal })))
        .data,
  });
}

export function auditQuery(projectId: string) {
  return infiniteQueryOptions({
    queryKey: ["audit", projectId],
    queryFn: ({ signal, pageParam }) => {
      const query = { limit: AUDIT_PAGE, ...(pageParam ? { before: pageParam } : {}) };
      const params = { ...at(projectId), query };
      return read(client.GET("/api/v1/projects/{project_id}/audit", { params, signal }));
    },
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_before,
  });
}

export function invitesQuery(projectId: string) {
  return queryOptions({
    queryKey: ["invites", projectId],
    queryFn: async ({ signal }) =>
      (await read(client.GET("/api/v1/projects/{project_id}/invites", { params: at(projectId), signal })))
        .data,
  });
}

export function useInviteChanges(projectId: string) {
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries(invitesQuery(projectId));
  const add = useMutation({
    mutationFn: (body: Schemas["NewInvite"]) =>
      read(client.POST("/api/v1/projects/{project_id}/invites", { params: at(projectId), body })),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (invite_id: string) =>
      read(
        client.DELETE("/api/v1/projects/{project_id}/invites/{invite_id}", {
          params: { path: { project_id: projectId, invite_id } },
        }),
      ),
    onSettled,
  });
  return { add, remove };
}

/** Makes, changes, deletes and restores projects; who is signed in is read again, since it says whose they are. */
export function useProjectChanges() {
  const queryClient = useQueryClient();
  const router = useRouter();
  const onSettled = async () => {
    await queryClient.fetchQuery({ ...accountQuery, staleTime: 0 });
    // The frame of the pages has the account from the router.
    await router.invalidate();
  };
  const add = useMutation({
    mutationFn: (body: Schemas["NewProject"]) => read(client.POST("/api/v1/projects", { body })),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ projectId, ...body }: Schemas["ProjectChange"] & { projectId: string }) =>
      read(client.PATCH("/api/v1/projects/{project_id}", { params: at(projectId), body })),
    onSuccess: (changed) => queryClient.setQueryData(projectQuery(changed.project_id).queryKey, changed),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (projectId: string) =>
      read(client.DELETE("/api/v1/projects/{project_id}", { params: at(projectId) })),
    onSettled,
  });
  return { add, change, remove };
}

export function useKeyChanges(projectId: string) {
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries(keysQuery(projectId));
  const ofKey = (key_id: string) => ({ path: { project_id: projectId, key_id } });
  const add = useMutation({
    mutationFn: (body: NewApiKey) =>
      read(client.POST("/api/v1/projects/{project_id}/api-keys", { params: at(projectId), body })),
    onSettled,
  });
  const rotate = useMutation({
    mutationFn: ({ keyId, hours }: { keyId: string; hours: number }) =>
      read(
        client.POST("/api/v1/projects/{project_id}/api-keys/{key_id}/rotate", {
          params: ofKey(keyId),
          body: { overlap_hours: hours },
        }),
      ),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: (keyId: string) =>
      read(client.DELETE("/api/v1/projects/{project_id}/api-keys/{key_id}", { params: ofKey(keyId) })),
    onSettled,
  });
  return { add, rotate, revoke };
}

export function useMemberChanges(projectId: string) {
  const queryClient = useQueryClient();
  const onSettled = () => queryClient.invalidateQueries(membersQuery(projectId));
  const ofMember = (user_id: string) => ({ path: { project_id: projectId, user_id } });
  const change = useMutation({
    mutationFn: ({ userId, role }: { userId: string; role: Role }) =>
      read(
        client.PATCH("/api/v1/projects/{project_id}/members/{user_id}", {
          params: ofMember(userId),
          body: { role },
        }),
      ),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (userId: string) =>
      read(client.DELETE("/api/v1/projects/{project_id}/members/{user_id}", { params: ofMember(userId) })),
    onSettled,
  });
  return { change, remove };
}

function at(project_id: string) {
  return { path: { project_id } };
}
