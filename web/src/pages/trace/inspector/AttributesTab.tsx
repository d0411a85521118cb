import type { EventAnswer } from "../../../api/client";
import { Moment } from "../../../components/Time";
import { exactDuration } from "../../../format/format";
import { Text } from "../../../render/Text";
import { type Fact, Facts, Section } from "./Facts";

interface AttributesTabProps {
  event: EventAnswer;
  onChoose: (eventId: string) => void;
}

/** What is known of an event beside its texts. */
export function AttributesTab({ event, onChoose }: AttributesTabProps) {
  const attributes = Object.entries(event.attributes).map(
    ([name, value]): Fact => [name, <Text key={name} value={value} />],
  );
  return (
    <>
      <Section title="Event">
        <Facts facts={known(event, onChoose)} />
      </Section>
      {attributes.length ? (
        <Section title="Attributes">
          <Facts facts={attributes} isMono />
        </Section>
      ) : null}
    </>
  );
}

function known(event: EventAnswer, onChoose: (eventId: string) => void): Fact[] {
  const { parent_event_id: parent } = event;
  const texts: [string, string | number | null][] = [
    ["type", event.type],
    ["session", event.session_id],
    ["user", event.user_id],
    ["environment", event.environment],
    ["release", event.release],
    ["tags", event.tags.join(", ")],
    ["agent", event.agent_name],
    ["step", event.step_index],
    ["tool", event.tool_name],
    ["prompt", [event.prompt_name, event.prompt_version].filter(Boolean).join(" · ")],
    ["sent by", [event.sdk.name, event.sdk.version].filter(Boolean).join(" ")],
    ["read as", event.dialect],
    ["duration", event.duration_ms === null ? "" : exactDuration(event.duration_ms)],
    ["notes", event.notes.join("; ")],
  ];
  const facts = texts
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]): Fact => [name, <Text key={name} value={String(value)} />]);
  if (parent) {
    facts.splice(1, 0, [
      "parent",
      <button
        key="parent"
        type="button"
        onClick={() => onChoose(parent)}
        className="break-all text-left font-mono text-accent"
      >
        <Text value={parent} />
      </button>,
    ]);
  }
  facts.push(
    ["accepted", <Moment key="accepted" at={event.accepted_at} />],
    ["stored", <Moment key="stored" at={event.stored_at} />],
  );
  return facts;
}
