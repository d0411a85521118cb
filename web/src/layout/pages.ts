/** The pages that the navigation, the palette and the keys lead to. */

import { LayoutDashboard, ListTree, type LucideIcon, MessagesSquare, Search, Users } from "lucide-react";

export interface Page {
  name: string;
  to:
    | "/p/$projectId/dashboard"
    | "/p/$projectId/traces"
    | "/p/$projectId/sessions"
    | "/p/$projectId/end-users"
    | "/p/$projectId/search";
  icon: LucideIcon;
  /** With `g` before it, goes there. */
  key: string;
  about: string;
}

export const PAGES: readonly Page[] = [
  {
    name: "Dashboard",
    to: "/p/$projectId/dashboard",
    icon: LayoutDashboard,
    key: "d",
    about: "errors, cost, tokens and latency over time",
  },
  {
    name: "Traces",
    to: "/p/$projectId/traces",
    icon: ListTree,
    key: "t",
    about: "every run, filtered and sorted",
  },
  {
    name: "Sessions",
    to: "/p/$projectId/sessions",
    icon: MessagesSquare,
    key: "s",
    about: "conversations over several traces",
  },
  {
    name: "End users",
    to: "/p/$projectId/end-users",
    icon: Users,
    key: "u",
    about: "who uses the application, at what cost",
  },
  {
    name: "Search",
    to: "/p/$projectId/search",
    icon: Search,
    key: "f",
    about: "texts of inputs and outputs",
  },
];
