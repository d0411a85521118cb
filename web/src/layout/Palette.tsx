/** ⌘K: pages, recent traces, an id to jump to, and what can be done from anywhere. */

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useState } from "react";
import type { Account } from "../api/client";
import { type RangeSearch, rangeOf } from "../api/range";
import { recentTracesQuery } from "../api/recent";
import { Dialog } from "../components/Dialog";
import { StatusMark } from "../components/Status";
import { Age } from "../components/Time";
import { duration } from "../format/format";
import { Jump } from "./Jump";
import { PaletteItem } from "./PaletteItem";
import { PAGES } from "./pages";
import { useActions } from "./useActions";

interface PaletteProps {
  account: Account;
  projectId: string;
  onKeys: () => void;
  onClose: () => void;
}

const GROUP =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-[11px] [&_[cmdk-group-heading]]:text-faint";

export function Palette({ account, projectId, onKeys, onClose }: PaletteProps) {
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const range = rangeOf(useSearch({ strict: false }) as RangeSearch);
  const actions = useActions(onKeys);
  const traces = useQuery(recentTracesQuery(projectId));
  const others = account.projects.filter((project) => project.project_id !== projectId);
  /** Closes first: what is done may open something of its own. */
  const run = (act: () => unknown) => () => {
    onClose();
    void act();
  };
  return (
    <Dialog label="Search or jump" onClose={onClose} className="mt-[12vh] w-[600px] max-w-[92vw]">
      <Command label="Search or jump" loop className="text-[13px]">
        <Command.Input
          value={text}
          onValueChange={setText}
          data-first
          placeholder="A page, a trace, an id, an action…"
          className="w-full border-line border-b bg-transparent px-4 py-3 text-sm outline-none placeholder:text-faint"
        />
        <Command.List className="max-h-[56vh] overflow-auto p-1.5">
          <Jump projectId={projectId} text={text.trim()} onClose={onClose} />
          <Command.Group heading="Pages" className={GROUP}>
            {PAGES.map(({ name, to, icon, key, about }) => (
              <PaletteItem
                key={to}
                icon={icon}
                name={name}
                detail={about}
                shortcut={`g ${key}`}
                onSelect={run(() => navigate({ to, params: { projectId }, search: range }))}
              />
            ))}
          </Command.Group>
          {traces.data?.length ? (
            <Command.Group heading="Recent traces" className={GROUP}>
              {traces.data.map((row) => (
                <PaletteItem
                  key={row.trace_id}
                  value={`${row.name} ${row.trace_id} ${row.user_id} ${row.input_preview}`}
                  mark={<StatusMark status={row.status} />}
                  name={row.name || "(no name)"}
                  detail={row.input_preview}
                  onSelect={run(() =>
                    navigate({
                      to: "/p/$projectId/traces/$traceId",
                      params: { projectId, traceId: row.trace_id },
                      search: {},
                    }),
                  )}
                >
                  <span className="shrink-0 text-faint tabular-nums">
                    {duration(row.duration_ms)} · <Age at={row.start_time} />
                  </span>
                </PaletteItem>
              ))}
            </Command.Group>
          ) : null}
          <Command.Group heading="Actions" className={GROUP}>
            {actions.map(({ name, icon, act }) => (
              <PaletteItem key={name} icon={icon} name={name} onSelect={run(act)} />
            ))}
          </Command.Group>
          {others.length ? (
            <Command.Group heading="Projects" className={GROUP}>
              {others.map(({ project_id, name }) => (
                <PaletteItem
                  key={project_id}
                  value={`${name} ${project_id}`}
                  name={name}
                  detail={project_id}
                  onSelect={run(() =>
                    navigate({ to: "/p/$projectId/traces", params: { projectId: project_id }, search: {} }),
                  )}
                />
              ))}
            </Command.Group>
          ) : null}
          {text.trim() ? (
            <Command.Group heading="Search" forceMount className={GROUP}>
              <PaletteItem
                value={`search texts for ${text}`}
                icon={Search}
                name="Search inputs and outputs"
                detail={text.trim()}
                isAlways
                onSelect={run(() =>
                  navigate({
                    to: "/p/$projectId/search",
                    params: { projectId },
                    search: { ...range, text: text.trim() },
                  }),
                )}
              />
            </Command.Group>
          ) : null}
        </Command.List>
      </Command>
    </Dialog>
  );
}
