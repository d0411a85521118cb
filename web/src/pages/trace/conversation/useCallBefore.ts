import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { EventAnswer } from "../../../api/client";
import { eventQuery } from "../../../api/queries";
import { eventIdAt, type TraceModel } from "../model";
import { type Comparison, compare } from "./compare";
import { callBefore } from "./thread";

export interface CallBefore {
  /** Null for the first call of a conversation. */
  eventId: string | null;
  knownCount: number | undefined;
  changedCount: number;
  isLooking: boolean;
}

interface Place {
  projectId: string;
  traceId: string;
  model: TraceModel;
  at: number;
}

/** Finds the call before a call, and what of its messages is in this one. */
export function useCallBefore({ projectId, traceId, model, at }: Place, event: EventAnswer): CallBefore {
  const before = useMemo(() => callBefore(model, at), [model, at]);
  const eventId = before < 0 ? null : eventIdAt(model, before);
  const { data, isPending } = useQuery({
    ...eventQuery(projectId, traceId, eventId ?? ""),
    enabled: eventId !== null,
  });
  const isSame = data?.event_id === eventId && eventIdAt(model, at) === event.event_id;
  const comparison = useMemo<Comparison | null>(
    () =>
      data && isSame
        ? compare([...(data.messages ?? []), ...(data.output_messages ?? [])], event.messages ?? [])
        : null,
    [data, isSame, event.messages],
  );
  return {
    eventId,
    knownCount: comparison?.knownCount,
    changedCount: comparison?.changedCount ?? 0,
    isLooking: eventId !== null && isPending,
  };
}
