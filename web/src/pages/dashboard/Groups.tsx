import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import { type DashboardSearch, DEFAULT_GROUP_SORT, DIMENSIONS } from "../../api/dashboardSearch";
import { type Asked, breakdownQuery, type Dimension, type Group, type GroupSort } from "../../api/stats";
import { Segments } from "../../components/Segments";
import { ErrorNote } from "../../layout/PageError";
import { GROUP_COLUMNS } from "./groupColumns";
import { groupTerm, listLink } from "./links";

const GROUPS_SHOWN = 25;

interface GroupsProps {
  asked: Asked;
  isReady: boolean;
  search: DashboardSearch;
  by: Dimension;
  colorOf: (key: string | null) => string;
  nameOf: (key: string | null) => string;
  onBy: (by: Dimension) => void;
  onSort: (sort: GroupSort) => void;
}

/** The largest groups with their figures; each row leads to its traces. */
export function Groups({ asked, isReady, search, by, colorOf, nameOf, onBy, onSort }: GroupsProps) {
  const sort = search.sort ?? DEFAULT_GROUP_SORT;
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...breakdownQuery(asked, by, sort, GROUPS_SHOWN),
    enabled: isReady,
  });
  return (
    <section aria-label="Groups" className="min-w-0 rounded-box border border-line bg-panel">
      <div className="flex h-11 items-center gap-3 overflow-x-auto border-line border-b px-3">
        <h2 className="shrink-0 font-medium">By</h2>
        <Segments<string>
          label="Split by"
          options={DIMENSIONS}
          value={by}
          onChange={(next) => onBy(next as Dimension)}
        />
      </div>
      {error && !data ? (
        <div className="p-3">
          <ErrorNote error={error} onRetry={() => void refetch()} />
        </div>
      ) : (
        <div className={clsx("overflow-x-auto", isPlaceholderData && "opacity-60")}>
          <table className="w-full text-xs tabular-nums" aria-label={`Groups by ${nameOfDimension(by)}`}>
            <thead className="text-faint">
              <tr className="h-8 border-line border-b">
                <th scope="col" className="pl-3 text-left font-normal">
                  {nameOfDimension(by)}
                </th>
                {GROUP_COLUMNS.map(({ label, sort: field }) => (
                  <th
                    key={label}
                    scope="col"
                    className="px-3 text-right font-normal"
                    aria-sort={field === undefined ? undefined : field === sort ? "descending" : "none"}
                  >
                    {field === undefined ? (
                      label
                    ) : (
                      <button
                        type="button"
                        onClick={() => onSort(field)}
                        className={field === sort ? "font-medium text-text" : "hover:text-text"}
                      >
                        {label}
                        {field === sort ? " ↓" : ""}
                      </button>
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data?.data.map((group) => (
                <GroupRow key={group.key ?? ""} {...{ group, asked, search, by, colorOf, nameOf }} />
              ))}
            </tbody>
          </table>
          {data?.data.length === 0 ? <p className="p-3 text-dim">Nothing in this range.</p> : null}
        </div>
      )}
    </section>
  );
}

interface GroupRowProps extends Pick<GroupsProps, "asked" | "search" | "by" | "colorOf" | "nameOf"> {
  group: Group;
}

function GroupRow({ group, asked, search, by, colorOf, nameOf }: GroupRowProps) {
  const term = groupTerm(by, group.key);
  return (
    <tr className="h-8 border-line border-b last:border-b-0 hover:bg-sunken">
      <th scope="row" className="max-w-0 pl-3 text-left font-normal" style={{ width: "24%", minWidth: 140 }}>
        <Link
          to="/p/$projectId/traces"
          params={{ projectId: asked.projectId }}
          search={listLink(search, { sort: "-total_cost_usd" }, term)}
          title={`The traces of ${nameOf(group.key)}, the dearest first`}
          className="flex items-center gap-2 font-medium hover:text-accent hover:underline"
        >
          <span className="size-2 shrink-0 rounded-[2px]" style={{ background: colorOf(group.key) }} />
          <span className="truncate">{nameOf(group.key)}</span>
        </Link>
      </th>
      {GROUP_COLUMNS.map(({ label, show, title }) => (
        <td key={label} className="px-3 text-right" title={title?.(group)}>
          {show(group)}
        </td>
      ))}
    </tr>
  );
}

function nameOfDimension(by: Dimension): string {
  return (DIMENSIONS as Partial<Record<Dimension, string>>)[by] ?? by;
}
