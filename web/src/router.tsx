/** The addresses of the app. Everything below "app" needs someone to be signed in. */

import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "./api/client";
import { readDashboardSearch } from "./api/dashboardSearch";
import { END_USER_SORTS, readGroupSearch, SESSION_SORTS } from "./api/groupSearch";
import { readListSearch } from "./api/listSearch";
import { accountQuery, traceQuery } from "./api/queries";
import { readTextSearch } from "./api/search";
import { PageError, PageMissing } from "./layout/PageError";
import { rememberedProject } from "./layout/project";
import { Shell } from "./layout/Shell";
import { LinkPage } from "./pages/login/LinkPage";
import { LoginPage } from "./pages/login/LoginPage";
import { readTraceAddress } from "./pages/trace/address";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: PageMissing,
  errorComponent: PageError,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (given: Record<string, unknown>): { next?: string } => {
    // Only addresses of this app: "//elsewhere" would lead away.
    const { next } = given;
    return typeof next === "string" && /^\/(?![/\\])/.test(next) ? { next } : {};
  },
  component: LoginPage,
});

const link = createRoute({ getParentRoute: () => root, path: "/auth/link/$token", component: LinkPage });

const invite = createRoute({
  getParentRoute: () => root,
  path: "/auth/invite/$token",
  component: lazyRouteComponent(() => import("./pages/login/InvitePage"), "InvitePage"),
});

const forgotten = createRoute({
  getParentRoute: () => root,
  path: "/auth/forgotten",
  component: lazyRouteComponent(() => import("./pages/login/ForgottenPage"), "ForgottenPage"),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/auth/reset/$token",
  component: lazyRouteComponent(() => import("./pages/login/ResetPage"), "ResetPage"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      return { account: await context.queryClient.ensureQueryData(accountQuery) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
      }
      throw error;
    }
  },
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: ({ context }) => {
    const projectId = rememberedProject(context.account);
    if (projectId)
      throw redirect({
        to: "/p/$projectId/traces",
        params: { projectId },
        search: {},
        replace: true,
      });
  },
  component: () => <p className="p-6 text-dim">You are not a member of any project yet.</p>,
});

const anyTraces = createRoute({
  getParentRoute: () => app,
  path: "/traces",
  beforeLoad: () => {
    throw redirect({ to: "/", replace: true });
  },
});

const anyTrace = createRoute({
  getParentRoute: () => app,
  path: "/traces/$traceId",
  validateSearch: readTraceAddress,
  beforeLoad: ({ context, params, search }) => {
    const projectId = rememberedProject(context.account);
    if (!projectId) throw redirect({ to: "/", replace: true });
    const to = "/p/$projectId/traces/$traceId";
    throw redirect({ to, params: { projectId, ...params }, search, replace: true });
  },
});

const dashboard = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/dashboard",
  validateSearch: readDashboardSearch,
  staticData: { hasRange: true },
  component: lazyRouteComponent(() => import("./pages/dashboard/DashboardPage"), "DashboardPage"),
});

const traces = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/traces",
  validateSearch: readListSearch,
  staticData: { hasRange: true },
  component: lazyRouteComponent(() => import("./pages/traces/TracesPage"), "TracesPage"),
});

const trace = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/traces/$traceId",
  validateSearch: readTraceAddress,
  // Asked for while the code of the page still comes; the page shows how it went.
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(traceQuery(params.projectId, params.traceId));
  },
  component: lazyRouteComponent(() => import("./pages/trace/TracePage"), "TracePage"),
});

const sessions = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/sessions",
  validateSearch: (given: Record<string, unknown>) => readGroupSearch(given, SESSION_SORTS),
  staticData: { hasRange: true },
  component: lazyRouteComponent(() => import("./pages/sessions/SessionsPage"), "SessionsPage"),
});

const session = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/sessions/$sessionId",
  component: lazyRouteComponent(() => import("./pages/sessions/SessionPage"), "SessionPage"),
});

const endUsers = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/end-users",
  validateSearch: (given: Record<string, unknown>) => readGroupSearch(given, END_USER_SORTS),
  staticData: { hasRange: true },
  component: lazyRouteComponent(() => import("./pages/endUsers/EndUsersPage"), "EndUsersPage"),
});

const endUser = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/end-users/$userId",
  component: lazyRouteComponent(() => import("./pages/endUsers/EndUserPage"), "EndUserPage"),
});

const search = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/search",
  validateSearch: readTextSearch,
  staticData: { hasRange: true },
  component: lazyRouteComponent(() => import("./pages/search/SearchPage"), "SearchPage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/p/$projectId/settings/$section",
  component: lazyRouteComponent(() => import("./pages/settings/SettingsPage"), "SettingsPage"),
});

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/AccountPage"), "AccountPage"),
});

const tree = root.addChildren([
  login,
  link,
  invite,
  forgotten,
  reset,
  app.addChildren([
    home,
    anyTraces,
    anyTrace,
    dashboard,
    traces,
    trace,
    sessions,
    session,
    endUsers,
    endUser,
    search,
    settings,
    account,
  ]),
]);

export function newRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: "intent",
    // Data is the query cache's; only the code of a page is fetched ahead.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageError,
    // Event and trace ids come from outside and may look like numbers: they stay text.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const known = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
      const text = new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
      return text ? `?${text}` : "";
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
  interface StaticDataRouteOption {
    /** Whether the page shows a range of time, which the top bar then chooses. */
    hasRange?: boolean;
  }
}
