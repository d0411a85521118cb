import type { Subject } from "../filter/tree";
import type { ListSearch } from "./listSearch";
import { bounds } from "./range";

export const FORMATS = { csv: "CSV", jsonl: "JSON lines" } as const;
export type Format = keyof typeof FORMATS;

/** The address of a file with the rows of a list. */
export function exportAddress(
  projectId: string,
  what: Subject,
  format: Format,
  search: ListSearch,
  filter: string | undefined,
): string {
  const query = { project_id: projectId, what, format, ...bounds(search), ...(filter ? { filter } : {}) };
  return `/api/v1/export?${new URLSearchParams(query)}`;
}
