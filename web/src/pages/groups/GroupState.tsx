import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import { EmptyNote } from "../../components/EmptyNote";
import { Skeleton } from "../../components/Skeleton";
import { ErrorNote } from "../../layout/PageError";

interface GroupStateProps {
  query: { data: unknown; error: Error | null; refetch: () => unknown };
  what: string;
  children: ReactNode;
}

/** What stands in the place of a session or end user that is not there yet, or not at all. */
export function GroupState({ query, what, children }: GroupStateProps) {
  const { data, error, refetch } = query;
  if (data) return children;
  if (error instanceof ApiError && error.status === 404) {
    return (
      <EmptyNote title={`There is no such ${what} in the last 400 days.`}>
        <p>Its events may have been removed, or the address has a mistake.</p>
      </EmptyNote>
    );
  }
  if (error) {
    return (
      <div className="p-6">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  return <Skeleton rows={8} height={72} />;
}
