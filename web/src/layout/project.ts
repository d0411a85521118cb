/** Which project a person looked at last in this browser. */

import type { Account } from "../api/client";

const KEY = "watchllm.project";

export function rememberProject(projectId: string): void {
  localStorage.setItem(KEY, projectId);
}

/** Returns the last project if it is still one of theirs, else the first; undefined without any. */
export function rememberedProject(account: Account): string | undefined {
  const last = localStorage.getItem(KEY);
  const ids = account.projects.map((project) => project.project_id);
  return ids.find((id) => id === last) ?? ids[0];
}
