import { useQuery } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { membersQuery, type Role, useMemberChanges } from "../../api/projects";
import { Lines } from "../../components/Lines";
import { Skeleton } from "../../components/Skeleton";
import { ErrorNote } from "../../layout/PageError";
import { useProject } from "../../layout/useProject";
import { Intro } from "./Intro";
import { Invites } from "./Invites";
import { MemberLine } from "./MemberLine";

// Who may give or take which roles; the server has the same table and decides.
const GRANTS: Partial<Record<Role, readonly Role[]>> = {
  OWNER: ["OWNER", "ADMIN", "MEMBER", "VIEWER", "BILLING"],
  ADMIN: ["MEMBER", "VIEWER"],
};

/** Who works in the project, and as what. */
export function MembersSection({ projectId }: { projectId: string }) {
  const { account } = useRouteContext({ from: "/app" });
  const { data, error } = useQuery(membersQuery(projectId));
  const { change, remove } = useMemberChanges(projectId);
  const own = useProject()?.role;
  const grants = (own && GRANTS[own]) ?? [];
  if (error) return <ErrorNote error={error} />;
  const failed = change.error ?? remove.error;
  return (
    <>
      <Intro
        title="Members"
        about="An owner may do everything, an admin administers, a member works with the data, a viewer looks, billing sees usage and no content."
      />
      {failed ? (
        <p role="alert" className="mb-3 text-error text-xs">
          {failed.message}
        </p>
      ) : null}
      {!data ? <Skeleton rows={4} height={30} /> : null}
      {data ? (
        <Lines label="Members" heads={["Name", "E-mail", "Role", "Member since", ""]}>
          {data.map((member) => (
            <MemberLine
              key={member.user_id}
              member={member}
              isOneself={member.user_id === account.user.user_id}
              grants={grants.includes(member.role) ? grants : []}
              isBusy={change.isPending || remove.isPending}
              onRole={(role) => change.mutate({ userId: member.user_id, role })}
              onRemove={() => remove.mutate(member.user_id)}
            />
          ))}
        </Lines>
      ) : null}
      {grants.length ? <Invites projectId={projectId} grants={grants} /> : null}
    </>
  );
}
