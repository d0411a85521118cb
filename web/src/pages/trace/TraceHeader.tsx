import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import type { ColumnsTrace } from "../../api/client";
import { scoresQuery } from "../../api/queries";
import { DEFAULT_SEARCH } from "../../api/traceSearch";
import { Copy, Id } from "../../components/Copy";
import { StatusBadge } from "../../components/Status";
import { Age } from "../../components/Time";
import { Text } from "../../render/Text";
import { DeleteForGood } from "../deletion/DeleteForGood";
import { ScoreChip } from "./scores/ScoreChip";
import { scoresOf } from "./scores/scores";
import { TraceFigures } from "./TraceFigures";
import { ViewSwitch } from "./ViewSwitch";

interface TraceHeaderProps {
  projectId: string;
  trace: ColumnsTrace;
  isConversation: boolean;
  onConversation: (isShown: boolean) => void;
  onChoose: (eventId: string) => void;
}

/** What a trace is as a whole. */
export function TraceHeader(props: TraceHeaderProps) {
  const { projectId, trace, isConversation, onConversation, onChoose } = props;
  const { data: scores } = useQuery(scoresQuery(projectId, trace.trace_id));
  return (
    <header className="flex h-11 shrink-0 items-center gap-4 overflow-hidden whitespace-nowrap border-line border-b px-3 text-xs tabular-nums">
      <Link
        to="/p/$projectId/traces"
        params={{ projectId }}
        search={DEFAULT_SEARCH}
        aria-label="All traces"
        title="All traces"
        className="rounded-box p-1 text-dim hover:bg-sunken"
      >
        <ChevronLeft className="size-4" aria-hidden />
      </Link>
      <h1 className="-ml-2 min-w-24 truncate font-semibold text-sm" title={trace.name}>
        {trace.name ? <Text value={trace.name} /> : "(no name)"}
      </h1>
      <StatusBadge status={trace.status} />
      <TraceFigures projectId={projectId} trace={trace} />
      {scoresOf(scores ?? [], null)
        .slice(0, 3)
        .map((score) => (
          <ScoreChip key={score.event_id} score={score} onChoose={() => onChoose(score.event_id)} />
        ))}
      <span className="ml-auto flex shrink-0 items-center gap-3">
        <span className="text-dim">
          <Age at={trace.start_time} /> ago
        </span>
        <span className="hidden max-w-64 2xl:flex">
          <Id id={trace.trace_id} label="trace id" />
        </span>
        <span className="-mx-2 2xl:hidden">
          <Copy text={trace.trace_id} label={`Copy the trace id ${trace.trace_id}`} />
        </span>
        <DeleteForGood
          projectId={projectId}
          subject={{ kind: "trace", id: trace.trace_id }}
          label="Delete this trace"
        >
          All of its events, with their inputs and outputs, for everybody. What comes for it later is dropped.
        </DeleteForGood>
        <ViewSwitch isConversation={isConversation} onConversation={onConversation} />
      </span>
    </header>
  );
}
