/** What a page shows instead of itself: nothing at this address, or something that failed. */

import { Link } from "@tanstack/react-router";
import { ApiError } from "../api/client";

export function PageError({ error }: { error: unknown }) {
  return (
    <main className="grid min-h-full place-items-center p-6">
      <ErrorNote error={error} onRetry={() => location.reload()} />
    </main>
  );
}

export function PageMissing() {
  return (
    <main className="grid min-h-full place-items-center p-6">
      <div className="max-w-md">
        <h1 className="text-base font-semibold">There is nothing at this address</h1>
        <p className="mt-1 text-dim">
          It may have been deleted, or it belongs to a project that you cannot see.{" "}
          <Link to="/" className="text-accent underline">
            All traces
          </Link>
        </p>
      </div>
    </main>
  );
}

interface ErrorNoteProps {
  error: unknown;
  /** What still works, in a sentence. */
  stillWorks?: string;
  onRetry?: () => void;
}

/** Says what happened, what still works, what to do, and the request id. */
export function ErrorNote({ error, stillWorks, onRetry }: ErrorNoteProps) {
  const { title, advice } = explain(error);
  const known = error instanceof ApiError ? error : null;
  return (
    <div role="alert" className="max-w-xl rounded-box border border-line bg-panel p-4">
      <h2 className="font-semibold text-error">{title}</h2>
      <p className="mt-1 text-dim">
        {advice} {known?.status === 0 ? null : stillWorks}
      </p>
      <div className="mt-3 flex items-center gap-3">
        {onRetry ? (
          <button
            type="button"
            onClick={onRetry}
            className="rounded-box border border-line px-2.5 py-1 hover:bg-sunken"
          >
            Try again
          </button>
        ) : null}
        {known?.requestId ? (
          <span className="font-mono text-[11px] text-faint">
            {known.code} · request {known.requestId}
          </span>
        ) : null}
      </div>
    </div>
  );
}

function explain(error: unknown): { title: string; advice: string } {
  if (!(error instanceof ApiError)) {
    return { title: "This page failed", advice: error instanceof Error ? error.message : String(error) };
  }
  if (error.status === 0) {
    return {
      title: "The server cannot be reached",
      advice: "Check that it is running; this page tries again by itself.",
    };
  }
  if (error.status === 404) {
    return {
      title: "It is not here",
      advice: "It may be on its way still, belong to another project, or have been deleted.",
    };
  }
  if (error.status === 503) {
    return {
      title: "The event store is not ready",
      advice: `${error.message} Events are still accepted and kept.`,
    };
  }
  return { title: "The server refused", advice: error.message };
}
