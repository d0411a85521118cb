import type { EventAnswer } from "../../../api/client";
import { Messages } from "../../../render/Messages";
import { ProseToggle } from "../../../render/ProseToggle";
import { Value } from "../../../render/Value";
import { SectionTitle } from "./Facts";

/** What the model said. */
export function OutputTab({ event }: { event: EventAnswer }) {
  return (
    <>
      <SectionTitle>
        <span>Output</span>
        <span className="ml-auto">
          <ProseToggle />
        </span>
      </SectionTitle>
      <ModelOutput event={event} />
    </>
  );
}

export function ModelOutput({ event }: { event: EventAnswer }) {
  if (event.output_messages) return <Messages messages={event.output_messages} isOutput />;
  if (event.output !== null) {
    return (
      <div className="px-3 py-2">
        <Value value={event.output} />
      </div>
    );
  }
  return (
    <p className="px-3 py-2 text-dim">
      {event.status === "running"
        ? "Still to come."
        : event.status === "error"
          ? "The call failed before an answer came."
          : "The model's answer was not sent."}
    </p>
  );
}
