/** Whether texts are shown as they are or read as markdown: one choice of the reader for the whole app. */

import { useSyncExternalStore } from "react";

export type ProseMode = "text" | "markdown";

const KEY = "watchllm.prose";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useProseMode(): ProseMode {
  return useSyncExternalStore(subscribe, () =>
    localStorage.getItem(KEY) === "markdown" ? "markdown" : "text",
  );
}

export function setProseMode(mode: ProseMode): void {
  localStorage.setItem(KEY, mode);
  for (const listener of listeners) listener();
}
