import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import {
  type DashboardSearch,
  DEFAULT_BY,
  DEFAULT_GROUP_SORT,
  readDashboardSearch,
} from "../../api/dashboardSearch";
import { between } from "../../api/range";
import type { Asked } from "../../api/stats";
import { newColors, REST_KEY } from "../../components/chart/colors";
import { eventType } from "../../components/eventTypes";
import { ViewsMenu } from "../../components/views/ViewsMenu";
import { FilterBar } from "../../filter/FilterBar";
import { useFilter } from "../../filter/useFilter";
import { useTitle } from "../../layout/useTitle";
import { ChartCard } from "./ChartCard";
import { charts } from "./charts";
import { Groups } from "./Groups";
import { groupTerm } from "./links";
import { Tiles } from "./Tiles";

/** What the application did over a range: totals, charts, groups. */
export function DashboardPage() {
  const { projectId } = useParams({ from: "/app/p/$projectId/dashboard" });
  const search = useSearch({ from: "/app/p/$projectId/dashboard" });
  const navigate = useNavigate({ from: "/p/$projectId/dashboard" });
  const change = useCallback(
    (next: Partial<DashboardSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const read = useFilter(projectId, "events", search.q);
  useTitle("Dashboard");
  const by = search.by ?? DEFAULT_BY;
  const asked: Asked = { projectId, range: search, filter: read.api };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another split has other keys, which begin anew.
  const colorOf = useMemo(newColors, [by]);
  const nameOf = (key: string | null) => {
    if (key === null) return `no ${by.replace(/_id$|_name$/, "")}`;
    if (key === REST_KEY) return "all others";
    return by === "type" ? eventType(key).name : key;
  };
  const common = { asked, isReady: read.isReady, colorOf, nameOf };
  const zoom = (fromMs: number, toMs: number) => change(between(fromMs, toMs));
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Dashboard</h1>
      <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
        <FilterBar
          projectId={projectId}
          subject="events"
          range={search}
          fields={read.fields}
          text={search.q ?? ""}
          onText={(q) => change({ q: q || undefined })}
          problem={read.problem}
          placeholder="environment:production  model:gpt-4o  tag:beta      /"
        />
        <ViewsMenu
          projectId={projectId}
          page="dashboard"
          query={{ ...search }}
          onOpen={(query) => void navigate({ search: readDashboardSearch(query) })}
        />
      </div>
      <div className="grid min-h-0 flex-1 auto-rows-max gap-3 overflow-auto p-4">
        <Tiles asked={asked} isReady={read.isReady} search={search} />
        <div className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-4">
          {charts(by).map((chart) => (
            <ChartCard
              key={chart.title}
              chart={chart}
              {...common}
              onZoom={zoom}
              onKey={(key) => change({ q: [search.q, groupTerm(by, key)].filter(Boolean).join(" ") })}
            />
          ))}
        </div>
        <Groups
          {...common}
          search={search}
          by={by}
          onBy={(next) => change({ by: next === DEFAULT_BY ? undefined : next })}
          onSort={(sort) => change({ sort: sort === DEFAULT_GROUP_SORT ? undefined : sort })}
        />
      </div>
    </div>
  );
}
