/** The sections of the settings, and who sees them. */

import type { Role } from "../../api/projects";

export const SECTIONS = {
  project: "Project",
  keys: "API keys",
  members: "Members",
  redaction: "Redaction",
  deletions: "Deletions",
  audit: "Audit log",
} as const;
export type Section = keyof typeof SECTIONS;

const ADMINS: readonly Role[] = ["OWNER", "ADMIN"];

/** Whether the role administers the project; the server decides, this only leaves out what it would refuse. */
export function isAdmin(role: Role | undefined): boolean {
  return role !== undefined && ADMINS.includes(role);
}

export function sectionsFor(role: Role | undefined): Section[] {
  if (isAdmin(role)) return ["project", "keys", "members", "redaction", "deletions", "audit"];
  return role === "BILLING" ? ["project"] : ["project", "members"];
}

export function isSection(text: string): text is Section {
  return text in SECTIONS;
}
