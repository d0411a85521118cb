import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { endUserQuery } from "../../api/groups";
import { Id } from "../../components/Copy";
import { Age, Moment } from "../../components/Time";
import { conditionText } from "../../filter/text";
import type { Condition } from "../../filter/tree";
import { count, exactCount } from "../../format/format";
import { Crumbs } from "../../layout/Crumbs";
import { useTitle } from "../../layout/useTitle";
import { DeleteForGood } from "../deletion/DeleteForGood";
import { Conversation } from "../groups/Conversation";
import { Fact, GroupHeader } from "../groups/GroupHeader";
import { GroupState } from "../groups/GroupState";

/** One end user: figures, sessions, and what was said, the latest first. */
export function EndUserPage() {
  const { projectId, userId } = useParams({ from: "/app/p/$projectId/end-users/$userId" });
  const user = useQuery(endUserQuery(projectId, userId));
  useTitle(`End user ${userId}`);
  const { data } = user;
  const of: Condition = { field: "user_id", op: "=", value: userId };
  return (
    <div className="flex h-full flex-col">
      <Crumbs>
        <Link to="/p/$projectId/end-users" params={{ projectId }} search={{}}>
          End users
        </Link>
        <Id id={userId} label="end user's id" />
        <DeleteForGood
          projectId={projectId}
          subject={{ kind: "end_user", id: userId }}
          label="Delete this end user's events"
        >
          Everything that was sent for this end user until now, in every trace, for everybody.
        </DeleteForGood>
      </Crumbs>
      <GroupState query={user} what="end user">
        {data ? (
          <>
            <GroupHeader projectId={projectId} sums={data} term={conditionText(of)}>
              <Fact name="sessions" title={exactCount(data.session_count)}>
                <Link
                  to="/p/$projectId/sessions"
                  params={{ projectId }}
                  search={{ range: "400d", q: conditionText(of) }}
                  className="hover:text-accent hover:underline"
                >
                  {count(data.session_count)}
                </Link>
              </Fact>
              <Fact name="first seen">
                <Moment at={data.first_seen} />
              </Fact>
              <Fact name="last">
                <Age at={data.last_seen} /> ago
              </Fact>
            </GroupHeader>
            <Conversation projectId={projectId} of={of} sort="-start_time" />
          </>
        ) : null}
      </GroupState>
    </div>
  );
}
