import type { EventAnswer } from "../../../api/client";
import { Messages } from "../../../render/Messages";
import { ProseToggle } from "../../../render/ProseToggle";
import { Value } from "../../../render/Value";
import { ContextBar } from "../conversation/ContextBar";
import { useCallBefore } from "../conversation/useCallBefore";
import { SectionTitle } from "./Facts";
import type { InspectorProps } from "./Inspector";
import { ModelOutput } from "./OutputTab";

/** What the model was given, message by message, and what it said. */
export function MessagesTab({ event, ...props }: InspectorProps & { event: EventAnswer }) {
  const before = useCallBefore(props, event);
  return (
    <>
      <SectionTitle>
        <span>Input{event.messages ? ` · ${event.messages.length} messages` : ""}</span>
        <span className="ml-auto">
          <ProseToggle />
        </span>
      </SectionTitle>
      {event.messages ? (
        <>
          <ContextBar messages={event.messages} knownCount={before.knownCount} />
          <Messages messages={event.messages} knownCount={before.knownCount} />
        </>
      ) : (
        <div className="px-3 py-2">
          {event.input === null ? (
            <p className="text-dim">No input was sent.</p>
          ) : (
            <Value value={event.input} />
          )}
        </div>
      )}
      <SectionTitle>Output</SectionTitle>
      <ModelOutput event={event} />
    </>
  );
}
