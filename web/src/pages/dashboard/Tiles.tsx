import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import type { DashboardSearch } from "../../api/dashboardSearch";
import { type Asked, overviewQuery } from "../../api/stats";
import { change } from "../../format/format";
import { ErrorNote } from "../../layout/PageError";
import { FIGURES, type Figure } from "./figures";
import { listLink } from "./links";

interface TilesProps {
  asked: Asked;
  isReady: boolean;
  search: DashboardSearch;
}

/** The totals of the range beside those of the range before it; each leads to what it sums. */
export function Tiles({ asked, isReady, search }: TilesProps) {
  const { data, error, isPlaceholderData, refetch } = useQuery({ ...overviewQuery(asked), enabled: isReady });
  if (error && !data) {
    return (
      <ErrorNote error={error} stillWorks="The lists may still answer." onRetry={() => void refetch()} />
    );
  }
  return (
    <ul
      aria-label="Totals"
      aria-busy={!data}
      className={clsx(
        "grid grid-cols-4 gap-px overflow-hidden rounded-box border border-line bg-line 2xl:grid-cols-8",
        isPlaceholderData && "opacity-60",
      )}
    >
      {FIGURES.map((figure) => (
        <li key={figure.name} className="min-w-0 bg-panel">
          <Link
            to="/p/$projectId/traces"
            params={{ projectId: asked.projectId }}
            search={listLink(search, figure.list, figure.term ?? "")}
            title={data ? figure.exact(data) : undefined}
            className="block h-[74px] px-3 py-2 hover:bg-sunken"
          >
            <span className="text-dim text-xs">{figure.name}</span>
            {data ? (
              <>
                <span className="flex items-baseline gap-2">
                  <span className="font-semibold text-lg tabular-nums leading-6 tracking-tight">
                    {figure.write(figure.value(data))}
                  </span>
                  <Change figure={figure} now={figure.value(data)} before={figure.value(data.previous)} />
                </span>
                <span className="block truncate text-[11px] text-faint">{figure.note?.(data) ?? " "}</span>
              </>
            ) : (
              <span className="mt-2 block h-4 w-16 rounded bg-sunken" />
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}

// Smaller changes are noise; a jump of this size is worth a colour.
const NOTABLE = 1.25;

function Change({ figure, now, before }: { figure: Figure; now: number | null; before: number | null }) {
  if (now === null || before === null) return null;
  const text = change(now, before);
  if (text === null) return now > 0 ? <span className="text-faint text-xs">new</span> : null;
  const isBad = figure.more === "bad" && now / before >= NOTABLE;
  return (
    <span
      className={clsx("text-xs tabular-nums", isBad ? "font-medium text-error" : "text-dim")}
      title={`${figure.write(before)} in the range before`}
    >
      {text}
      <span className="sr-only"> against the range before</span>
    </span>
  );
}
