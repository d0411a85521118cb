import { useParams, useRouteContext } from "@tanstack/react-router";
import type { Account } from "../api/client";
import { rememberedProject } from "./project";

type OwnProject = Account["projects"][number];

/** The project in view, as the address says or as it was last looked at; undefined when it is none of one's own. */
export function useProject(): OwnProject | undefined {
  const { account } = useRouteContext({ from: "/app" });
  const params = useParams({ strict: false });
  const projectId = params.projectId ?? rememberedProject(account);
  return account.projects.find((project) => project.project_id === projectId);
}
