/** What the inspector shows of an event, one component a tab. */

import type { ReactNode } from "react";
import type { EventAnswer } from "../../api/client";
import { Moment } from "../../components/Time";
import { exactCount, exactDollars, usageName } from "../../format/format";
import { Json } from "../../render/Json";
import { Messages } from "../../render/Messages";
import { Value } from "../../render/Value";

export function MessagesTab({ event }: { event: EventAnswer }) {
  return (
    <>
      <Messages messages={event.messages ?? []} />
      <SectionTitle>Output</SectionTitle>
      {event.output_messages ? (
        <Messages messages={event.output_messages} />
      ) : (
        <p className="px-3 py-2 text-dim">
          {event.status === "running" ? "Still to come." : "The model's answer was not sent."}
        </p>
      )}
    </>
  );
}

export function ContentTab({ event }: { event: EventAnswer }) {
  const isEmpty = isNothing(event.input) && isNothing(event.output);
  if (isEmpty)
    return <p className="px-3 py-3 text-dim">No input or output was sent; see Raw and Attributes.</p>;
  return (
    <>
      {isNothing(event.input) ? null : (
        <Section
          title={event.type === "tool_call" ? "Arguments" : event.type === "retrieval" ? "Query" : "Input"}
        >
          <Value value={event.input} />
        </Section>
      )}
      {isNothing(event.output) ? null : (
        <Section
          title={event.type === "tool_call" ? "Result" : event.type === "retrieval" ? "Results" : "Output"}
        >
          <Value value={event.output} />
        </Section>
      )}
    </>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

const UNPRICED: Record<string, string> = {
  unknown_model: "No price is known for this model.",
  no_usage: "No token counts were sent, so there is nothing to price.",
};

export function CostTab({ event }: { event: EventAnswer }) {
  const usage = Object.entries(event.usage);
  const breakdown = Object.entries(event.cost_breakdown);
  return (
    <>
      <Section title="Tokens">
        {usage.length ? (
          <Facts facts={usage.map(([key, tokens]) => [usageName(key), exactCount(tokens)])} isNumeric />
        ) : (
          <p className="text-dim">No token counts were sent.</p>
        )}
      </Section>
      <Section title="Cost">
        {event.cost_usd === null ? (
          <p className="text-dim">{UNPRICED[event.cost_status] ?? `Not priced: ${event.cost_status}.`}</p>
        ) : (
          <Facts
            facts={[
              ...breakdown.map(([key, amount]): [string, ReactNode] => [
                usageName(key),
                exactDollars(amount),
              ]),
              ["total", <strong key="total">{exactDollars(event.cost_usd)}</strong>],
            ]}
            isNumeric
          />
        )}
      </Section>
      <Section title="How it was found">
        <Facts
          facts={[
            ["priced as", event.model || "–"],
            ["named by the caller", event.model_requested || "–"],
            ["provider", event.provider || "–"],
            ["prices of", event.price_revision || "–"],
            [
              "reported by the provider",
              event.reported_cost_usd === null ? "nothing" : exactDollars(event.reported_cost_usd),
            ],
            ["in the trace's totals", event.counted ? "yes" : `no: ${event.counted_reason ?? ""}`],
          ]}
        />
      </Section>
    </>
  );
}

interface AttributesTabProps {
  event: EventAnswer;
  onChoose: (eventId: string) => void;
}

export function AttributesTab({ event, onChoose }: AttributesTabProps) {
  const { parent_event_id: parent } = event;
  const known: [string, ReactNode][] = [
    ["type", event.type],
    [
      "parent",
      parent ? (
        <button
          key="parent"
          type="button"
          onClick={() => onChoose(parent)}
          className="break-all font-mono text-accent"
        >
          {parent}
        </button>
      ) : null,
    ],
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
    ["accepted", <Moment key="accepted" at={event.accepted_at} />],
    ["stored", <Moment key="stored" at={event.stored_at} />],
    ["notes", event.notes.join("; ")],
  ];
  const attributes = Object.entries(event.attributes);
  return (
    <>
      <Section title="Event">
        <Facts facts={known.filter(([, value]) => value !== null && value !== "")} />
      </Section>
      {attributes.length ? (
        <Section title="Attributes">
          <Facts facts={attributes} isMono />
        </Section>
      ) : null}
    </>
  );
}

export function RawTab({ event }: { event: EventAnswer }) {
  const { raw, attributes } = event;
  return (
    <Section title={raw === null ? "As it was sent: its attributes" : "As it was sent"}>
      <Json value={raw ?? attributes} />
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <SectionTitle>{title}</SectionTitle>
      <div className="px-3 py-2">{children}</div>
    </section>
  );
}

function SectionTitle({ children }: { children: string }) {
  return (
    <h3 className="border-line border-y bg-page px-3 py-1 text-[11px] text-faint first:border-t-0">
      {children}
    </h3>
  );
}

interface FactsProps {
  facts: [string, ReactNode][];
  isNumeric?: boolean;
  isMono?: boolean;
}

function Facts({ facts, isNumeric = false, isMono = false }: FactsProps) {
  return (
    <dl
      className={`grid gap-x-4 gap-y-1 ${isNumeric ? "w-fit grid-cols-[auto_auto]" : "grid-cols-[minmax(90px,auto)_1fr]"}`}
    >
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className={`text-dim ${isMono ? "break-all font-mono text-[11px]" : ""}`}>{name}</dt>
          <dd
            className={`min-w-0 whitespace-pre-wrap break-words ${isNumeric ? "text-right tabular-nums" : ""} ${isMono ? "font-mono text-[11px]" : ""}`}
          >
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
