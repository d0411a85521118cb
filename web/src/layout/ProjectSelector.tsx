/** Shows the project in view, leads to the others, finds one among many, makes a new one. */

import { Link } from "@tanstack/react-router";
import { Check, ChevronsUpDown, Plus } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import type { Account } from "../api/client";
import { MENU } from "./menu";
import { NewProject } from "./NewProject";

interface ProjectSelectorProps {
  projects: Account["projects"];
  current: string | undefined;
}

const LINE = "flex w-full items-center gap-2 rounded-[4px] px-2 py-1.5 text-left hover:bg-sunken";

export function ProjectSelector({ projects, current }: ProjectSelectorProps) {
  const [isOpen, setOpen] = useState(false);
  const [isMaking, setMaking] = useState(false);
  const [text, setText] = useState("");
  const shown = projects.find((project) => project.project_id === current);
  const found = projects.filter(({ name, project_id }) =>
    `${name} ${project_id}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  const open = (next: boolean) => {
    setOpen(next);
    setText("");
  };
  return (
    <>
      <Popover.Root open={isOpen} onOpenChange={open}>
        <Popover.Trigger className="flex max-w-56 items-center gap-1.5 rounded-box px-2 py-1 hover:bg-sunken">
          <span className="truncate">{shown?.name ?? "Choose a project"}</span>
          <ChevronsUpDown className="size-3.5 shrink-0 text-faint" aria-hidden />
        </Popover.Trigger>
        <Popover.Content align="start" sideOffset={4} aria-label="Projects" className={`${MENU} w-80`}>
          <input
            aria-label="Find a project"
            placeholder="Find a project"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="mb-1 h-7 w-full rounded-[4px] border border-line bg-page px-2 text-xs placeholder:text-faint"
          />
          <ul className="max-h-72 overflow-auto">
            {found.map(({ project_id, name }) => (
              <li key={project_id}>
                <Link
                  to="/p/$projectId/traces"
                  params={{ projectId: project_id }}
                  search={{}}
                  onClick={() => open(false)}
                  aria-current={project_id === current ? "page" : undefined}
                  className={LINE}
                >
                  <Check
                    className={project_id === current ? "size-4 shrink-0" : "invisible size-4 shrink-0"}
                    aria-hidden
                  />
                  <span className="truncate">{name}</span>
                  <span className="ml-auto max-w-32 shrink-0 truncate pl-4 font-mono text-[11px] text-faint">
                    {project_id}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          {found.length === 0 ? (
            <p className="px-2 py-1.5 text-dim text-xs">No project has this name.</p>
          ) : null}
          <button
            type="button"
            className={`${LINE} mt-1 border-line border-t`}
            onClick={() => {
              open(false);
              setMaking(true);
            }}
          >
            <Plus className="size-4" aria-hidden />
            New project…
          </button>
        </Popover.Content>
      </Popover.Root>
      {isMaking ? <NewProject onClose={() => setMaking(false)} /> : null}
    </>
  );
}
