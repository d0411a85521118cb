import type { EventAnswer } from "../../../api/client";
import { exactCount } from "../../../format/format";
import { Messages } from "../../../render/Messages";
import { ProseToggle } from "../../../render/ProseToggle";
import { useCallBefore } from "../conversation/useCallBefore";
import { SectionTitle } from "./Facts";
import type { InspectorProps } from "./Inspector";
import { ModelOutput } from "./OutputTab";

/** What this call was given beyond the call before in the same conversation, and what it said. */
export function NewTab({ event, ...props }: InspectorProps & { event: EventAnswer }) {
  const { knownCount, changedCount, eventId, isLooking } = useCallBefore(props, event);
  const messages = event.messages ?? [];
  const added = messages.slice(knownCount ?? 0);
  return (
    <>
      <div className="flex items-start gap-2 px-3 py-2 text-dim">
        <p>
          {isLooking ? (
            "Reading the call before …"
          ) : eventId === null ? (
            "This is the first call of its conversation: all of it is new."
          ) : (
            <>
              {exactCount(knownCount ?? 0)} of {exactCount(messages.length)} messages were in{" "}
              <button type="button" onClick={() => props.onChoose(eventId)} className="text-accent underline">
                the call before
              </button>
              {changedCount
                ? `, and ${exactCount(changedCount)} of its messages are no longer here: the context was changed.`
                : "."}
            </>
          )}
        </p>
        <span className="ml-auto shrink-0">
          <ProseToggle />
        </span>
      </div>
      <SectionTitle>New in the input</SectionTitle>
      {isLooking ? null : added.length ? (
        <Messages messages={added} knownCount={eventId === null ? undefined : 0} />
      ) : (
        <p className="px-3 py-2 text-dim">Nothing: it was asked the same again.</p>
      )}
      <SectionTitle>Output</SectionTitle>
      <ModelOutput event={event} />
    </>
  );
}
