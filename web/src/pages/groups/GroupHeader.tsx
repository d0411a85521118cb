import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import type { ReactNode } from "react";
import type { ListSearch } from "../../api/listSearch";
import { count, dollars, exactCount, exactDollars } from "../../format/format";

interface GroupHeaderProps {
  projectId: string;
  sums: {
    trace_count: number;
    event_count: number;
    error_count: number;
    total_tokens: number;
    total_cost_usd: string | null;
  };
  /** The term of a filter that its traces fit. */
  term: string;
  children?: ReactNode;
}

/** The figures of a session or end user; each leads to what it sums. */
export function GroupHeader({ projectId, sums, term, children }: GroupHeaderProps) {
  const link = (more: Partial<ListSearch>, q = term) => ({
    to: "/p/$projectId/traces" as const,
    params: { projectId },
    search: { range: "400d", q, ...more },
  });
  const LINK = "hover:text-accent hover:underline";
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-6 gap-y-1 border-line border-b bg-panel px-4 py-2.5 text-xs tabular-nums">
      <Fact name="traces" title={exactCount(sums.trace_count)}>
        <Link {...link({})} className={LINK}>
          {count(sums.trace_count)}
        </Link>
      </Fact>
      <Fact name="events" title={exactCount(sums.event_count)}>
        <Link {...link({ of: "events" })} className={LINK}>
          {count(sums.event_count)}
        </Link>
      </Fact>
      <Fact name="errors" title={exactCount(sums.error_count)}>
        <Link
          {...link({ of: "events" }, `${term} status:error`)}
          className={clsx(LINK, sums.error_count > 0 && "text-error")}
        >
          {count(sums.error_count)}
        </Link>
      </Fact>
      <Fact name="tokens" title={exactCount(sums.total_tokens)}>
        <Link {...link({ sort: "-total_tokens" })} className={LINK}>
          {count(sums.total_tokens)}
        </Link>
      </Fact>
      <Fact name="cost" title={exactDollars(sums.total_cost_usd)}>
        <Link {...link({ sort: "-total_cost_usd" })} className={LINK}>
          {dollars(sums.total_cost_usd)}
        </Link>
      </Fact>
      {children}
    </div>
  );
}

interface FactProps {
  name: string;
  title?: string;
  children: ReactNode;
}

export function Fact({ name, title, children }: FactProps) {
  return (
    <span title={title} className="whitespace-nowrap">
      <span className="text-faint">{name}</span> <span className="font-medium">{children}</span>
    </span>
  );
}
