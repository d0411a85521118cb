/** The frame of every page: top bar, navigation, palette, keys. */

import { Outlet, useParams, useRouteContext } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useKeys } from "../components/useKeys";
import { Navigation } from "./Navigation";
import { rememberedProject, rememberProject } from "./project";
import { TopBar } from "./TopBar";
import { useGoKeys } from "./useGoKeys";

const Palette = lazy(() => import("./Palette").then((module) => ({ default: module.Palette })));
const KeysHelp = lazy(() => import("./KeysHelp").then((module) => ({ default: module.KeysHelp })));

export function Shell() {
  const { account } = useRouteContext({ from: "/app" });
  const params = useParams({ strict: false });
  const projectId = params.projectId ?? rememberedProject(account);
  const isMine = account.projects.some((project) => project.project_id === projectId);
  const [over, setOver] = useState<"palette" | "keys" | null>(null);
  useEffect(() => {
    if (projectId && isMine) rememberProject(projectId);
  }, [projectId, isMine]);
  useKeys({ "?": () => setOver("keys") });
  useGoKeys(projectId);
  usePaletteKey(() => setOver((now) => (now === "palette" ? null : "palette")));
  return (
    <div className="grid h-full grid-cols-[152px_minmax(0,1fr)] grid-rows-[40px_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-40 focus:bg-panel focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <TopBar
        account={account}
        projectId={projectId}
        onPalette={() => setOver("palette")}
        onKeys={() => setOver("keys")}
      />
      {projectId ? <Navigation projectId={projectId} /> : <div className="border-line border-r bg-panel" />}
      <main id="main" tabIndex={-1} className="min-w-0 overflow-hidden outline-none">
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {over === "palette" && projectId ? (
          <Palette
            account={account}
            projectId={projectId}
            onKeys={() => setOver("keys")}
            onClose={() => setOver((now) => (now === "palette" ? null : now))}
          />
        ) : null}
        {over === "keys" ? (
          <KeysHelp onClose={() => setOver((now) => (now === "keys" ? null : now))} />
        ) : null}
      </Suspense>
    </div>
  );
}

/** ⌘K or Ctrl K, also from inside a field. */
function usePaletteKey(onKey: () => void) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      onKey();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });
}
