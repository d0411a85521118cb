import { Link, useSearch } from "@tanstack/react-router";
import { type RangeSearch, rangeOf } from "../api/range";
import { PAGES } from "./pages";

/** The pages of a project; the range of time comes along. */
export function Navigation({ projectId }: { projectId: string }) {
  const search: RangeSearch = useSearch({ strict: false });
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
              className="flex h-8 items-center gap-2 rounded-box px-2 text-dim hover:bg-sunken"
              activeOptions={{ includeSearch: false }}
              activeProps={{ className: "bg-sunken !text-text font-medium" }}
            >
              <Icon className="size-4" aria-hidden />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
