import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { eventQuery } from "../../../api/queries";
import { eventType } from "../../../components/eventTypes";
import { type Status, StatusMark } from "../../../components/Status";
import { dollars, duration } from "../../../format/format";
import { Prose } from "../../../render/Prose";
import { Text } from "../../../render/Text";
import { Value } from "../../../render/Value";
import { eventIdAt, type TraceModel, textAt } from "../model";
import { actorOf } from "./items";
import { Said } from "./Said";

export interface TurnProps {
  projectId: string;
  traceId: string;
  model: TraceModel;
  at: number;
  /** The turn before, -1 for none. */
  above: number;
  isChosen: boolean;
  onChoose: (eventId: string) => void;
}

/** One turn of the conversation; its texts are read when it comes into view. */
export function Turn(props: TurnProps) {
  const { projectId, traceId, model, at, above, isChosen, onChoose } = props;
  const eventId = eventIdAt(model, at);
  const { data: event, error } = useQuery(eventQuery(projectId, traceId, eventId));
  const actor = actorOf(model, at);
  const isOther = actor !== (above < 0 ? "" : actorOf(model, above));
  return (
    <article className={clsx("border-line border-b", isChosen && "bg-accent-soft")}>
      {isOther && actor ? (
        <p className="bg-page px-3 py-1 text-[11px] text-agent">
          <Text value={actor} />
        </p>
      ) : null}
      <TurnHead model={model} at={at} onChoose={() => onChoose(eventId)} />
      {error ? <p className="px-3 pb-2 text-error">This event could not be read.</p> : null}
      {event?.status_message ? (
        <div className="px-3 pb-2 text-error">
          <Prose text={event.status_message} isMono />
        </div>
      ) : null}
      {event ? (
        event.type === "model_response" ? (
          <Said {...props} event={event} />
        ) : (
          <div className="grid gap-2 px-3 pb-2">
            {[event.input, event.output]
              .filter((value) => value !== null && value !== "")
              .map((value, index) => (
                <Value key={index} value={value} />
              ))}
          </div>
        )
      ) : error ? null : (
        <p className="px-3 pb-2 text-faint">…</p>
      )}
    </article>
  );
}

function TurnHead({ model, at, onChoose }: { model: TraceModel; at: number; onChoose: () => void }) {
  const type = eventType(textAt(model.type, at));
  const Icon = type.icon;
  const status = (textAt(model.status, at) || "ok") as Status;
  const us = model.duration[at] as number;
  const cost = model.ownCost[at] as number;
  return (
    <button
      type="button"
      onClick={onChoose}
      className="flex w-full items-center gap-1.5 px-3 py-1 text-left text-dim hover:bg-sunken"
    >
      <Icon className={clsx("size-3.5 shrink-0", type.text)} role="img" aria-label={type.name} />
      <span className="truncate text-text">
        <Text value={textAt(model.name, at) || type.name} />
      </span>
      {status === "ok" ? null : <StatusMark status={status} />}
      <span className="ml-auto flex shrink-0 gap-3 tabular-nums">
        {us < 0 ? null : <span>{duration(us / 1_000)}</span>}
        {Number.isNaN(cost) ? null : <span>{dollars(cost)}</span>}
      </span>
    </button>
  );
}
