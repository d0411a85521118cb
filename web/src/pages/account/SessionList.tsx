import { useQuery } from "@tanstack/react-query";
import { sessionsQuery, useAccountChanges } from "../../api/account";
import { Button } from "../../components/Button";
import { Lines } from "../../components/Lines";
import { Skeleton } from "../../components/Skeleton";
import { Age, Moment } from "../../components/Time";
import { ErrorNote } from "../../layout/PageError";

/** The browsers in which one is signed in. */
export function SessionList() {
  const { data, error } = useQuery(sessionsQuery);
  const { end } = useAccountChanges();
  if (error) return <ErrorNote error={error} />;
  return (
    <section aria-label="Sessions" className="max-w-4xl">
      <h2 className="mb-2 font-semibold text-sm">Signed in</h2>
      {!data ? <Skeleton rows={2} height={30} /> : null}
      {data ? (
        <Lines label="Sessions" heads={["Since", "Last seen", "Ends at the latest", ""]}>
          {data.map((session) => (
            <tr key={session.session_id}>
              <td>
                <Moment at={session.created_at} />
              </td>
              <td>
                <Age at={session.last_seen_at} /> ago
              </td>
              <td>
                <Moment at={session.expires_at} />
              </td>
              <td className="!pr-0 text-right">
                {session.is_current ? (
                  <span className="text-dim">this browser</span>
                ) : (
                  <Button disabled={end.isPending} onClick={() => end.mutate(session.session_id)}>
                    Sign out
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Lines>
      ) : null}
    </section>
  );
}
