/** What is looked for in the trace: in names at once, in texts as soon as the server has looked. */

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { findTextQuery } from "../../api/queries";
import { findEvents, union } from "./find";
import { indexOf, type TraceModel } from "./model";
import { useTraceAddress } from "./useTraceAddress";

// Long enough that a word is typed in one go, short enough not to be noticed.
const TYPING_MS = 180;

export interface Find {
  text: string;
  setText: (text: string) => void;
  /** Ascending indexes. */
  found: Int32Array;
  /** What is still to come, or cannot. */
  note: string | null;
}

export function useFind(projectId: string, traceId: string, model: TraceModel): Find {
  const [address, change] = useTraceAddress();
  const [text, setText] = useState(address.find ?? "");
  const settled = useSettled(text.trim());
  const inAddress = address.find ?? "";
  useEffect(() => {
    if (settled !== inAddress) change({ find: settled || undefined });
  }, [settled, inAddress, change]);
  const inNames = useMemo(() => findEvents(model, text), [model, text]);
  const { data, isFetching, error } = useQuery(findTextQuery(projectId, traceId, settled));
  const isAnswered = data !== undefined && settled === text.trim();
  const inTexts = useMemo(() => {
    const places = isAnswered ? data.event_ids.map((id) => indexOf(model, id)).filter((at) => at >= 0) : [];
    return Int32Array.from(places).sort();
  }, [model, data, isAnswered]);
  const found = useDeferredValue(useMemo(() => union(inNames, inTexts), [inNames, inTexts]));
  const isLooking = text.trim() !== "" && (isFetching || settled !== text.trim());
  const note = error ? "in names" : isLooking ? "…" : isAnswered && data.is_cut ? "or more" : null;
  return { text, setText, found, note };
}

/** Returns a value once it has stood still for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
