import { useInfiniteQuery } from "@tanstack/react-query";
import { turnsQuery } from "../../api/groups";
import { Button } from "../../components/Button";
import { Skeleton } from "../../components/Skeleton";
import type { Condition } from "../../filter/tree";
import { ErrorNote } from "../../layout/PageError";
import { Turn } from "./Turn";

interface ConversationProps {
  projectId: string;
  of: Condition;
  sort: "start_time" | "-start_time";
}

/** What was said in the traces of a session or end user, one turn a trace. */
export function Conversation({ projectId, of, sort }: ConversationProps) {
  const turns = useInfiniteQuery(turnsQuery(projectId, of, sort));
  if (turns.error && !turns.data) {
    return (
      <div className="p-6">
        <ErrorNote error={turns.error} onRetry={() => void turns.refetch()} />
      </div>
    );
  }
  if (!turns.data) return <Skeleton rows={6} height={96} />;
  const rows = turns.data.pages.flatMap((page) => page.data);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse.
    <div className="min-h-0 flex-1 overflow-auto p-4" tabIndex={0} role="region" aria-label="Conversation">
      <ol className="mx-auto grid max-w-4xl gap-4">
        {rows.map((trace) => (
          <li key={trace.trace_id}>
            <Turn projectId={projectId} trace={trace} />
          </li>
        ))}
      </ol>
      {turns.hasNextPage ? (
        <div className="mt-4 text-center">
          <Button disabled={turns.isFetchingNextPage} onClick={() => void turns.fetchNextPage()}>
            {sort === "start_time" ? "Later turns" : "Earlier turns"}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
