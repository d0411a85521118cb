import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { Tabs } from "radix-ui";
import { eventQuery } from "../../api/queries";
import { Id } from "../../components/Copy";
import { eventType } from "../../components/eventTypes";
import { StatusBadge } from "../../components/Status";
import { Moment } from "../../components/Time";
import { dollars, duration, exactDollars, exactDuration } from "../../format/format";
import { ErrorNote } from "../../layout/PageError";
import { useStored } from "../../theme/preferences";
import type { TraceModel } from "./model";
import { AttributesTab, ContentTab, CostTab, MessagesTab, RawTab } from "./tabs";

interface InspectorProps {
  projectId: string;
  eventId: string;
  model: TraceModel;
  onChoose: (eventId: string) => void;
}

const TABS = { content: "Content", cost: "Cost", attributes: "Attributes", raw: "Raw" } as const;
type Tab = keyof typeof TABS;

/** Everything about one event. It remembers its tab for each type. */
export function Inspector({ projectId, eventId, model, onChoose }: InspectorProps) {
  const { data: event, error, isPlaceholderData, refetch } = useQuery(eventQuery(projectId, eventId));
  const at = model.indexOf.get(eventId) ?? 0;
  const shownType = model.columns.type[at] ?? "";
  const hasCost = shownType === "model_response" || shownType === "token_usage";
  const [stored, setTab] = useStored<Tab>(`watchllm.tab.${shownType}`, "content");
  const tab = stored === "cost" && !hasCost ? "content" : stored;
  const type = eventType(shownType);
  const Icon = type.icon;
  if (error && !event) {
    return (
      <div className="p-4">
        <ErrorNote
          error={error}
          stillWorks="The tree is complete without it."
          onRetry={() => void refetch()}
        />
      </div>
    );
  }
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(next) => setTab(next as Tab)}
      className="flex h-full flex-col text-xs"
    >
      <div className="flex h-9 shrink-0 items-center gap-2 overflow-hidden whitespace-nowrap border-line border-b px-3">
        <Icon className={clsx("size-3.5 shrink-0", type.text)} role="img" aria-label={type.name} />
        <h2 className="truncate font-semibold">{model.columns.name[at] || type.name}</h2>
        {model.columns.model[at] === model.columns.name[at] ? null : (
          <span className="truncate text-dim">{model.columns.model[at]}</span>
        )}
        <span className="ml-auto flex items-center gap-3 text-dim tabular-nums">
          <StatusBadge status={model.columns.status[at] ?? "ok"} />
          <span title={exactDuration(model.columns.duration_ms[at])}>
            {duration(model.columns.duration_ms[at])}
          </span>
          {hasCost ? (
            <span title={exactDollars(model.columns.cost_usd[at])}>
              {dollars(model.columns.cost_usd[at])}
            </span>
          ) : null}
        </span>
      </div>
      <Tabs.List
        aria-label="About the event"
        className="flex h-8 shrink-0 items-center gap-1 border-line border-b px-2"
      >
        {(Object.keys(TABS) as Tab[])
          .filter((id) => id !== "cost" || hasCost)
          .map((id) => (
            <Tabs.Trigger
              key={id}
              value={id}
              className="rounded-[4px] px-2 py-0.5 text-dim data-[state=active]:bg-sunken data-[state=active]:text-text"
            >
              {TABS[id]}
            </Tabs.Trigger>
          ))}
      </Tabs.List>
      <div
        className={clsx("min-h-0 flex-1 overflow-auto", isPlaceholderData && "opacity-60")}
        data-inspector={eventId}
      >
        {event ? (
          <>
            {event.status_message ? (
              <p className="whitespace-pre-wrap break-words border-line border-b bg-error-soft px-3 py-2 font-mono text-error">
                {event.status_message}
              </p>
            ) : null}
            <Tabs.Content value="content">
              {event.messages || event.output_messages ? (
                <MessagesTab event={event} />
              ) : (
                <ContentTab event={event} />
              )}
            </Tabs.Content>
            <Tabs.Content value="cost">
              <CostTab event={event} />
            </Tabs.Content>
            <Tabs.Content value="attributes">
              <AttributesTab event={event} onChoose={onChoose} />
            </Tabs.Content>
            <Tabs.Content value="raw">
              <RawTab event={event} />
            </Tabs.Content>
            <footer className="flex flex-wrap items-center gap-x-4 border-line border-t px-3 py-2 text-dim">
              <Moment at={event.start_time} />
              <Id id={event.event_id} label="event id" />
            </footer>
          </>
        ) : null}
      </div>
    </Tabs.Root>
  );
}
