import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { sessionQuery } from "../../api/groups";
import { CellLink } from "../../components/CellLink";
import { Id } from "../../components/Copy";
import { Age } from "../../components/Time";
import { conditionText } from "../../filter/text";
import type { Condition } from "../../filter/tree";
import { duration, exactDuration, toMs } from "../../format/format";
import { Crumbs } from "../../layout/Crumbs";
import { useTitle } from "../../layout/useTitle";
import { Conversation } from "../groups/Conversation";
import { Fact, GroupHeader } from "../groups/GroupHeader";
import { GroupState } from "../groups/GroupState";

/** One session: its figures, and its traces as a conversation. */
export function SessionPage() {
  const { projectId, sessionId } = useParams({ from: "/app/p/$projectId/sessions/$sessionId" });
  const session = useQuery(sessionQuery(projectId, sessionId));
  useTitle(`Session ${sessionId}`);
  const { data } = session;
  const of: Condition = { field: "session_id", op: "=", value: sessionId };
  const lastedMs = data ? toMs(data.end_time) - toMs(data.start_time) : null;
  return (
    <div className="flex h-full flex-col">
      <Crumbs>
        <Link to="/p/$projectId/sessions" params={{ projectId }} search={{}}>
          Sessions
        </Link>
        <Id id={sessionId} label="session id" />
      </Crumbs>
      <GroupState query={session} what="session">
        {data ? (
          <>
            <GroupHeader projectId={projectId} sums={data} term={conditionText(of)}>
              <Fact name="lasted" title={exactDuration(lastedMs)}>
                {duration(lastedMs)}
              </Fact>
              <Fact name="last">
                <Age at={data.end_time} /> ago
              </Fact>
              {data.user_ids.length ? (
                <Fact name="end user" title={data.user_ids.join(", ")}>
                  <CellLink projectId={projectId} kind="user" id={data.user_ids[0] ?? ""} />
                  {data.user_ids.length > 1 ? (
                    <span className="text-faint"> +{data.user_ids.length - 1}</span>
                  ) : null}
                </Fact>
              ) : null}
            </GroupHeader>
            <Conversation projectId={projectId} of={of} sort="start_time" />
          </>
        ) : null}
      </GroupState>
    </div>
  );
}
