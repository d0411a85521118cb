/** What belongs to a project beside its events: name, API keys, members, audit log. */

import { Link, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { Crumbs } from "../../layout/Crumbs";
import { PageMissing } from "../../layout/PageError";
import { useProject } from "../../layout/useProject";
import { useTitle } from "../../layout/useTitle";
import { AuditSection } from "./AuditSection";
import { DeletionsSection } from "./DeletionsSection";
import { KeysSection } from "./KeysSection";
import { MembersSection } from "./MembersSection";
import { ProjectSection } from "./ProjectSection";
import { RedactionSection } from "./RedactionSection";
import { isSection, SECTIONS, type Section, sectionsFor } from "./sections";

const SHOWN: Record<Section, ComponentType<{ projectId: string }>> = {
  project: ProjectSection,
  keys: KeysSection,
  members: MembersSection,
  redaction: RedactionSection,
  deletions: DeletionsSection,
  audit: AuditSection,
};

export function SettingsPage() {
  const { projectId, section } = useParams({ from: "/app/p/$projectId/settings/$section" });
  const role = useProject()?.role;
  const open = sectionsFor(role);
  useTitle("Settings");
  if (!isSection(section) || !open.includes(section)) return <PageMissing />;
  const Shown = SHOWN[section];
  return (
    <div className="flex h-full flex-col">
      <Crumbs>
        <span className="font-semibold">Settings</span>
      </Crumbs>
      <div className="flex min-h-0 flex-1">
        <nav aria-label="Settings" className="w-40 shrink-0 border-line border-r p-2">
          <ul className="grid gap-px">
            {open.map((each) => (
              <li key={each}>
                <Link
                  to="/p/$projectId/settings/$section"
                  params={{ projectId, section: each }}
                  className="flex h-8 items-center rounded-box px-2 text-dim hover:bg-sunken"
                  activeProps={{ className: "bg-sunken !text-text font-medium" }}
                >
                  {SECTIONS[each]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <section aria-label={SECTIONS[section]} className="min-w-0 flex-1 overflow-auto p-5">
          <Shown key={projectId} projectId={projectId} />
        </section>
      </div>
    </div>
  );
}
