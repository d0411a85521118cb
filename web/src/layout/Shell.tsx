/** The frame of every page: project, navigation, preferences, account. */

import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useParams, useRouteContext } from "@tanstack/react-router";
import { ListTree, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect } from "react";
import { client, read } from "../api/client";
import { DEFAULT_SEARCH } from "../api/traceSearch";
import { type Theme, usePreferences } from "../theme/preferences";
import { MENU, MENU_ITEM } from "./menu";
import { ProjectMenu } from "./ProjectMenu";
import { rememberedProject, rememberProject } from "./project";

export function Shell() {
  const { account } = useRouteContext({ from: "/app" });
  const params = useParams({ strict: false });
  const projectId = params.projectId ?? rememberedProject(account);
  const isMine = account.projects.some((project) => project.project_id === projectId);
  useEffect(() => {
    if (projectId && isMine) rememberProject(projectId);
  }, [projectId, isMine]);
  return (
    <div className="grid h-full grid-cols-[168px_minmax(0,1fr)] grid-rows-[40px_minmax(0,1fr)]">
      <header className="col-span-2 flex items-center gap-3 border-line border-b bg-panel px-3">
        <Link to="/" className="flex items-center gap-2 font-semibold tracking-tight">
          <img src="/favicon.svg" alt="" className="size-5" />
          WatchLLM
        </Link>
        <ProjectMenu projects={account.projects} current={projectId} />
        <div className="ml-auto flex items-center gap-1">
          <ZoneToggle />
          <ThemeToggle />
          <AccountMenu email={account.user.email} />
        </div>
      </header>
      <nav aria-label="Pages" className="border-line border-r bg-panel p-2">
        {projectId ? (
          <Link
            to="/p/$projectId/traces"
            params={{ projectId }}
            search={DEFAULT_SEARCH}
            className="flex items-center gap-2 rounded-box px-2 py-1.5 text-dim hover:bg-sunken"
            activeOptions={{ includeSearch: false }}
            activeProps={{ className: "bg-sunken !text-text font-medium" }}
          >
            <ListTree className="size-4" aria-hidden />
            Traces
          </Link>
        ) : null}
      </nav>
      <main className="min-w-0 overflow-hidden">
        <Outlet />
      </main>
    </div>
  );
}

const THEMES: Record<Theme, { next: Theme; icon: typeof Sun; name: string }> = {
  system: { next: "light", icon: Monitor, name: "as the system" },
  light: { next: "dark", icon: Sun, name: "light" },
  dark: { next: "system", icon: Moon, name: "dark" },
};

function ThemeToggle() {
  const { theme, setTheme } = usePreferences();
  const { next, icon: Icon, name } = THEMES[theme];
  const label = `Theme: ${name}`;
  return (
    <button type="button" className={TOOL} title={label} aria-label={label} onClick={() => setTheme(next)}>
      <Icon className="size-4" aria-hidden />
    </button>
  );
}

function ZoneToggle() {
  const { zone, setZone } = usePreferences();
  const isUtc = zone === "utc";
  return (
    <button
      type="button"
      className={`${TOOL} text-[11px]`}
      title={
        isUtc
          ? "Times in UTC; switch to this computer's zone"
          : "Times in this computer's zone; switch to UTC"
      }
      onClick={() => setZone(isUtc ? "local" : "utc")}
    >
      {isUtc ? "UTC" : "Local"}
    </button>
  );
}

function AccountMenu({ email }: { email: string }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    await read(client.POST("/api/v1/auth/logout"));
    queryClient.clear();
    await navigate({ to: "/login", search: {} });
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={`${TOOL} max-w-48 truncate`}>{email}</DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" sideOffset={4} className={MENU}>
        <DropdownMenu.Item className={MENU_ITEM} onSelect={() => void signOut()}>
          <LogOut className="size-4" aria-hidden />
          Sign out
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

const TOOL = "rounded-box px-2 py-1 text-dim hover:bg-sunken hover:text-text";
