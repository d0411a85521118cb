import type { EventAnswer } from "../../../api/client";
import { Json } from "../../../render/Json";
import { Section } from "./Facts";

/** The event as its sender gave it. */
export function RawTab({ event }: { event: EventAnswer }) {
  const { raw, attributes } = event;
  return (
    <Section title={raw === null ? "As it was sent: its attributes" : "As it was sent"}>
      <Json value={raw ?? attributes} />
    </Section>
  );
}
