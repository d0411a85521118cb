import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EventAnswer, TraceRow } from "../../api/client";
import { newMessages, turnQuery } from "../../api/turn";
import { StatusBadge } from "../../components/Status";
import { Age } from "../../components/Time";
import { useSeen } from "../../components/useSeen";
import { dollars, duration, exactDollars, exactDuration } from "../../format/format";
import { Messages } from "../../render/Messages";
import { Prose } from "../../render/Prose";
import { Value } from "../../render/Value";

interface TurnProps {
  projectId: string;
  trace: TraceRow;
}

/** One trace of a conversation: what went in and what came out. Its texts are read when it comes into view. */
export function Turn({ projectId, trace }: TurnProps) {
  const [box, isSeen] = useSeen<HTMLElement>();
  const { data: event } = useQuery({ ...turnQuery(projectId, trace), enabled: isSeen });
  return (
    <article ref={box} aria-label={trace.name} className="rounded-box border border-line bg-panel">
      <header className="flex h-9 items-center gap-3 border-line border-b px-3 text-xs tabular-nums">
        <Link
          to="/p/$projectId/traces/$traceId"
          params={{ projectId, traceId: trace.trace_id }}
          search={{}}
          className="truncate font-medium hover:text-accent hover:underline"
        >
          {trace.name || "(no name)"}
        </Link>
        <StatusBadge status={trace.status} />
        <span className="ml-auto flex shrink-0 gap-3 text-dim">
          <span title={exactDuration(trace.duration_ms)}>{duration(trace.duration_ms)}</span>
          <span title={exactDollars(trace.total_cost_usd)}>{dollars(trace.total_cost_usd)}</span>
          <Age at={trace.start_time} />
        </span>
      </header>
      <Side name="in" color="text-text">
        <Said messages={event?.messages} value={event?.input} preview={trace.input_preview} isInput />
      </Side>
      <Side name="out" color="text-model">
        <Said messages={event?.output_messages} value={event?.output} preview={trace.output_preview} />
      </Side>
      {event?.status_message ? (
        <p className="whitespace-pre-wrap break-words border-line border-t bg-error-soft px-3 py-2 font-mono text-error text-xs">
          {event.status_message}
        </p>
      ) : null}
    </article>
  );
}

function Side({ name, color, children }: { name: string; color: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[44px_minmax(0,1fr)] gap-x-2 border-line border-b px-3 py-2 last:border-b-0">
      <span className={`pt-px font-medium text-xs ${color}`}>{name}</span>
      <div className="min-w-0">{children}</div>
    </div>
  );
}

interface SaidProps {
  messages: EventAnswer["messages"] | undefined;
  value: unknown;
  /** Shown until the whole is there, and where nothing else is. */
  preview: string;
  isInput?: boolean;
}

function Said({ messages, value, preview, isInput = false }: SaidProps) {
  if (Array.isArray(messages) && messages.length) {
    const shown = isInput ? newMessages(messages) : messages;
    if (shown.length) return <Messages messages={shown} />;
  }
  if (value !== null && value !== undefined && value !== "") return <Value value={value} />;
  return preview ? <Prose text={preview} /> : <span className="text-faint">nothing</span>;
}
