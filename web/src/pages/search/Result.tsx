import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import type { FoundEvent } from "../../api/search";
import { eventType } from "../../components/eventTypes";
import { StatusMark } from "../../components/Status";
import { Age } from "../../components/Time";
import { Highlight } from "../../render/Highlight";

/** One event in which the text stands, with the places around it. */
export function Result({ projectId, row }: { projectId: string; row: FoundEvent }) {
  const { icon: Icon, name, text } = eventType(row.type);
  const title = row.name || name;
  return (
    <li className="border-line border-b px-4 py-2 text-xs hover:bg-sunken">
      <div className="flex items-center gap-2">
        <StatusMark status={row.status} />
        <Icon className={clsx("size-3.5 shrink-0", text)} role="img" aria-label={name} />
        {row.trace_id ? (
          <Link
            to="/p/$projectId/traces/$traceId"
            params={{ projectId, traceId: row.trace_id }}
            search={{ event: row.event_id }}
            data-result
            className="font-medium hover:text-accent hover:underline"
          >
            {title}
          </Link>
        ) : (
          <span className="font-medium">{title}</span>
        )}
        {row.model && row.model !== title ? <span className="text-dim">{row.model}</span> : null}
        <span className="ml-auto flex gap-3 text-dim tabular-nums">
          {row.user_id}
          <Age at={row.start_time} />
        </span>
      </div>
      {row.highlights.map(({ field, before, match, after }) => (
        <div key={field} className="mt-1 grid grid-cols-[48px_minmax(0,1fr)] gap-x-2 pl-[22px]">
          <span className="text-faint">{field}</span>
          <span className="line-clamp-3 text-dim">
            <Highlight before={before} match={match} after={after} />
          </span>
        </div>
      ))}
    </li>
  );
}
