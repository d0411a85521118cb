import { useQuery } from "@tanstack/react-query";
import { Check, CircleAlert, CircleDashed } from "lucide-react";
import { whereIsQuery } from "../../../api/queries";
import { Moment } from "../../../components/Time";
import { ErrorNote } from "../../../layout/PageError";
import { Prose } from "../../../render/Prose";
import { Section } from "./Facts";

const WORDS: Record<string, string> = {
  received: "Its request was answered",
  queued: "It is on disk in the queue",
  leased: "It is being worked on",
  stored: "It is in the event store",
  visible: "Its trace is in the lists",
  dead_lettered: "It could not be stored, and is kept as a dead letter",
  rejected: "A request with it was refused",
  deleted: "Somebody deleted it for good",
};
const BAD = new Set(["dead_lettered", "rejected"]);

/** How far an event has come, stage by stage. */
export function WhereTab({ projectId, eventId }: { projectId: string; eventId: string }) {
  const { data, error, refetch } = useQuery(whereIsQuery(projectId, eventId));
  if (error) {
    return (
      <div className="p-3">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (!data || !("event_id" in data)) return <p className="px-3 py-3 text-dim">Asking …</p>;
  return (
    <Section title="From received to visible">
      <ol className="grid gap-2">
        {data.stages.map((stage) => {
          const isBad = BAD.has(stage.stage);
          const isNow = stage.stage === data.current;
          const Icon = isBad ? CircleAlert : stage.at || isNow ? Check : CircleDashed;
          return (
            <li key={stage.stage} className="grid grid-cols-[16px_1fr] gap-x-2">
              <Icon className={`mt-0.5 size-3.5 ${isBad ? "text-error" : "text-ok"}`} aria-hidden />
              <div className="min-w-0">
                <span className="font-medium">{stage.stage.replace("_", "-")}</span>
                <span className="ml-3 text-dim">{stage.at ? <Moment at={stage.at} /> : null}</span>
                <p className="text-dim">
                  {WORDS[stage.stage]}
                  {stage.attempts ? `; ${stage.attempts} attempts so far` : ""}
                </p>
                {[stage.code, stage.message, stage.last_error].filter(Boolean).map((text) => (
                  <Prose key={text} text={text ?? ""} isMono />
                ))}
              </div>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
