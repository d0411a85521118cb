import { useQuery } from "@tanstack/react-query";
import { type Deletion, deletionsQuery } from "../../api/deletions";
import { Lines } from "../../components/Lines";
import { Skeleton } from "../../components/Skeleton";
import { Moment } from "../../components/Time";
import { ErrorNote } from "../../layout/PageError";
import { Text } from "../../render/Text";
import { Intro } from "./Intro";

const KINDS: Record<Deletion["kind"], string> = {
  trace: "Trace",
  end_user: "End user",
  project: "Project",
};
const STATES: Record<Deletion["state"], string> = {
  requested: "being deleted",
  erased: "in no list any more",
  finished: "gone from every disk",
};

/** What was deleted for good in the project, and how far each deletion has come. */
export function DeletionsSection({ projectId }: { projectId: string }) {
  const { data, error } = useQuery(deletionsQuery(projectId));
  if (error) return <ErrorNote error={error} />;
  return (
    <>
      <Intro
        title="Deletions"
        about="A trace is deleted on its page, and so is everything of an end user. It leaves the lists at once, and the disks when nothing on its way can bring it back."
      />
      {!data ? <Skeleton rows={4} height={30} /> : null}
      {data?.length === 0 ? <p className="text-dim text-xs">Nothing was deleted in this project.</p> : null}
      {data?.length ? (
        <Lines label="Deletions" heads={["What", "Id", "Asked for", "State", "Since"]}>
          {data.map((deletion) => (
            <tr key={deletion.deletion_id}>
              <td>{KINDS[deletion.kind]}</td>
              <td className="break-all font-mono text-[11px]">
                <Text value={deletion.subject} />
              </td>
              <td className="whitespace-nowrap">
                <Moment at={deletion.requested_at} />
              </td>
              <td className="whitespace-nowrap">{STATES[deletion.state]}</td>
              <td className="whitespace-nowrap">
                <Moment at={deletion.finished_at ?? deletion.erased_at ?? deletion.requested_at} />
              </td>
            </tr>
          ))}
        </Lines>
      ) : null}
    </>
  );
}
