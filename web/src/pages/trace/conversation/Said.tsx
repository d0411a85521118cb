import type { EventAnswer } from "../../../api/client";
import { exactCount } from "../../../format/format";
import { Messages } from "../../../render/Messages";
import { Value } from "../../../render/Value";
import type { TurnProps } from "./Turn";
import { useCallBefore } from "./useCallBefore";

/** What a call added to its conversation, and what the model said. */
export function Said({ event, ...props }: TurnProps & { event: EventAnswer }) {
  const { knownCount, isLooking } = useCallBefore(props, event);
  if (isLooking) return <p className="px-3 pb-2 text-faint">…</p>;
  const messages = event.messages ?? [];
  const added = messages.slice(knownCount ?? 0);
  return (
    <>
      {knownCount ? (
        <p className="px-3 pb-1 text-[11px] text-faint">
          after {exactCount(knownCount)} messages shown above
        </p>
      ) : null}
      {added.length ? <Messages messages={added} /> : null}
      {event.messages === null && event.input !== null ? (
        <div className="px-3 pb-2">
          <Value value={event.input} />
        </div>
      ) : null}
      {event.output_messages ? (
        <Messages messages={event.output_messages} isOutput />
      ) : event.output !== null ? (
        <div className="px-3 pb-2">
          <Value value={event.output} />
        </div>
      ) : null}
    </>
  );
}
