import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { TraceAddress } from "./address";

/** The page's address, and what changes parts of it; a change replaces the entry in the history. */
export function useTraceAddress(): [
  TraceAddress,
  (change: { [Key in keyof TraceAddress]?: TraceAddress[Key] | undefined }) => void,
] {
  const address = useSearch({ from: "/app/p/$projectId/traces/$traceId" });
  const navigate = useNavigate({ from: "/p/$projectId/traces/$traceId" });
  const change = useCallback(
    (parts: { [Key in keyof TraceAddress]?: TraceAddress[Key] | undefined }) => {
      void navigate({
        search: (before) =>
          Object.fromEntries(
            Object.entries({ ...before, ...parts }).filter(([, value]) => value),
          ) as TraceAddress,
        replace: true,
      });
    },
    [navigate],
  );
  return [address, change];
}
