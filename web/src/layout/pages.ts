/** The pages that the navigation, the palette and the keys lead to. */

import { LayoutDashboard, ListTree, type LucideIcon } from "lucide-react";

export interface Page {
  name: string;
  to: "/p/$projectId/dashboard" | "/p/$projectId/traces";
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
];
