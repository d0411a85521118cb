import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { auditQuery, membersQuery } from "../../api/projects";
import { Button } from "../../components/Button";
import { Lines } from "../../components/Lines";
import { Skeleton } from "../../components/Skeleton";
import { Moment } from "../../components/Time";
import { ErrorNote } from "../../layout/PageError";
import { Text } from "../../render/Text";
import { Intro } from "./Intro";

const HEADS = ["#", "When", "Who", "From", "What", "Of", "Change"];

/** Everything that was changed in the project's administration, the newest first. */
export function AuditSection({ projectId }: { projectId: string }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(projectId),
  );
  const { data: members } = useQuery(membersQuery(projectId));
  const emails = new Map(members?.map(({ user_id, email }) => [user_id, email]));
  if (error) return <ErrorNote error={error} />;
  return (
    <>
      <Intro
        title="Audit log"
        about="One row for every change, each chained to the one before it: a row that is changed or taken out shows."
      >
        <a
          href={`/api/v1/projects/${encodeURIComponent(projectId)}/audit/export`}
          download
          className="inline-flex h-7 items-center rounded-box border border-line bg-panel px-2.5 text-xs hover:bg-sunken"
        >
          Export
        </a>
      </Intro>
      {!data ? <Skeleton rows={6} height={30} /> : null}
      {data ? (
        <Lines label="Audit log" heads={HEADS}>
          {data.pages
            .flatMap((page) => page.data)
            .map((row) => (
              <tr key={row.number} className="align-top">
                <td className="text-faint tabular-nums">{row.number}</td>
                <td className="whitespace-nowrap">
                  <Moment at={row.at} />
                </td>
                <td title={row.actor_id}>
                  <Text value={emails.get(row.actor_id) ?? (row.actor_id || row.actor_kind)} />
                </td>
                <td className="font-mono text-[11px]">{row.address}</td>
                <td className="whitespace-nowrap font-medium">{row.action}</td>
                <td className="font-mono text-[11px]">{row.object_id}</td>
                <td>
                  <Change before={row.before} after={row.after} />
                </td>
              </tr>
            ))}
        </Lines>
      ) : null}
      {hasNextPage ? (
        <Button className="mt-3" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Older ones
        </Button>
      ) : null}
    </>
  );
}

type Said = Record<string, unknown>;

/** What the row says of the object: of each of its parts what it was, what it became, or both where they differ. */
function Change({ before, after }: { before: Said; after: Said }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <dl className="grid gap-0.5">
      {names.map((name) => {
        const [was, is] = [words(before[name]), words(after[name])];
        return (
          <div key={name} className="flex gap-1.5">
            <dt className="shrink-0 text-faint">{name}</dt>
            <dd className="min-w-0 break-words">
              <Text value={is && was && was !== is ? `${was} → ${is}` : is || was} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function words(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}
