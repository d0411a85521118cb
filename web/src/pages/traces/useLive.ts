import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { TraceRow } from "../../api/client";
import { liveAddress, showRows } from "../../api/live";

// Rows that come together are drawn together.
const TOGETHER_MS = 150;

interface Following {
  projectId: string;
  /** The filter as the API takes it. */
  filter: string | undefined;
  /** The list in the cache that follows. */
  listKey: QueryKey;
  isWanted: boolean;
}

/** Follows traces as they are stored. Returns whether the stream is open; without one the list asks by itself. */
export function useLive({ projectId, filter, listKey, isWanted }: Following): boolean {
  const queryClient = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const key = JSON.stringify(listKey);
  useEffect(() => {
    if (!isWanted) return;
    const stream = new EventSource(liveAddress(projectId, filter));
    let waiting: TraceRow[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      showRows(queryClient, JSON.parse(key) as QueryKey, waiting);
      waiting = [];
    };
    stream.addEventListener("trace", (event: MessageEvent<string>) => {
      waiting.push(JSON.parse(event.data) as TraceRow);
      timer ??= setTimeout(show, TOGETHER_MS);
    });
    stream.onopen = () => setOpen(true);
    // The browser connects again by itself, and says where it was.
    stream.onerror = () => setOpen(false);
    return () => {
      stream.close();
      clearTimeout(timer);
      setOpen(false);
    };
  }, [projectId, filter, isWanted, key, queryClient]);
  return isOpen;
}
