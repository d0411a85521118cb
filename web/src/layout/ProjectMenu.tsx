import { Link } from "@tanstack/react-router";
import { Check, ChevronsUpDown } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { Account } from "../api/client";
import { MENU, MENU_ITEM } from "./menu";

interface ProjectMenuProps {
  projects: Account["projects"];
  current: string | undefined;
}

/** Shows the project in view and leads to the others. */
export function ProjectMenu({ projects, current }: ProjectMenuProps) {
  const shown = projects.find((project) => project.project_id === current);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="flex items-center gap-1.5 rounded-box px-2 py-1 hover:bg-sunken">
        {shown?.name ?? "Choose a project"}
        <ChevronsUpDown className="size-3.5 text-faint" aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="start" sideOffset={4} className={MENU}>
        {projects.map(({ project_id, name }) => (
          <DropdownMenu.Item key={project_id} asChild>
            <Link
              to="/p/$projectId/traces"
              params={{ projectId: project_id }}
              search={{}}
              className={MENU_ITEM}
            >
              <Check className={project_id === current ? "size-4" : "invisible size-4"} aria-hidden />
              <span>{name}</span>
              <span className="ml-auto pl-4 font-mono text-[11px] text-faint">{project_id}</span>
            </Link>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
