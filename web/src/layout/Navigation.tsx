import { Link, useMatchRoute, useSearch } from "@tanstack/react-router";
import { Settings } from "lucide-react";
import { type RangeSearch, rangeOf } from "../api/range";
import { PAGES } from "./pages";

const LINE = "flex h-8 items-center gap-2 rounded-box px-2 text-dim hover:bg-sunken";
const HERE = "bg-sunken !text-text font-medium";

/** The pages of a project; the range of time comes along. */
export function Navigation({ projectId }: { projectId: string }) {
  const search: RangeSearch = useSearch({ strict: false });
  const isInSettings = Boolean(useMatchRoute()({ to: "/p/$projectId/settings/$section" }));
  return (
    <nav aria-label="Pages" className="border-line border-r bg-panel p-2">
      <ul className="grid gap-px">
        {PAGES.map(({ name, to, icon: Icon, key }) => (
          <li key={to}>
            <Link
              to={to}
              params={{ projectId }}
              search={rangeOf(search)}
              title={`${name} (g ${key})`}
              className={LINE}
              activeOptions={{ includeSearch: false }}
              activeProps={{ className: HERE }}
            >
              <Icon className="size-4" aria-hidden />
              {name}
            </Link>
          </li>
        ))}
        <li className="mt-2 border-line border-t pt-2">
          <Link
            to="/p/$projectId/settings/$section"
            params={{ projectId, section: "project" }}
            className={isInSettings ? `${LINE} ${HERE}` : LINE}
          >
            <Settings className="size-4" aria-hidden />
            Settings
          </Link>
        </li>
      </ul>
    </nav>
  );
}
