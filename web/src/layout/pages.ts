/** The pages that the navigation, the palette and the keys lead to. */

import { ListTree, type LucideIcon } from "lucide-react";

export interface Page {
  name: string;
  to: "/p/$projectId/traces";
  icon: LucideIcon;
  /** With `g` before it, goes there. */
  key: string;
  about: string;
}

export const PAGES: readonly Page[] = [
  {
    name: "Traces",
    to: "/p/$projectId/traces",
    icon: ListTree,
    key: "t",
    about: "every run, filtered and sorted",
  },
];
