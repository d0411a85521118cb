import { keepPreviousData, useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { Tabs } from "radix-ui";
import type { EventAnswer } from "../../../api/client";
import { eventQuery } from "../../../api/queries";
import { Id } from "../../../components/Copy";
import { Moment } from "../../../components/Time";
import { ErrorNote } from "../../../layout/PageError";
import { Prose } from "../../../render/Prose";
import { useStored } from "../../../theme/preferences";
import { type TraceModel, textAt } from "../model";
import { EventScores } from "../scores/EventScores";
import { AttributesTab } from "./AttributesTab";
import { ContentTab } from "./ContentTab";
import { CostTab } from "./CostTab";
import { InspectorHead } from "./InspectorHead";
import { MessagesTab } from "./MessagesTab";
import { NewTab } from "./NewTab";
import { OutputTab } from "./OutputTab";
import { RawTab } from "./RawTab";
import { firstTab, TAB_NAMES, type Tab, tabsOf } from "./tabs";
import { WhereTab } from "./WhereTab";

export interface InspectorProps {
  projectId: string;
  traceId: string;
  eventId: string;
  /** The index of the event. */
  at: number;
  model: TraceModel;
  onChoose: (eventId: string) => void;
}

/** Everything about one event. It remembers its tab for each type. */
export function Inspector(props: InspectorProps) {
  const { projectId, traceId, eventId, at, model } = props;
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...eventQuery(projectId, traceId, eventId),
    // The event before stays until the next one is there: nothing flickers while someone walks down the tree.
    placeholderData: keepPreviousData,
  });
  const type = textAt(model.type, at);
  const tabs = tabsOf(type);
  const [stored, setTab] = useStored<Tab>(`watchllm.tab.${type}`, firstTab(type));
  const tab = tabs.includes(stored) ? stored : firstTab(type);
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(next) => setTab(next as Tab)}
      className="flex h-full flex-col text-xs"
      role="region"
      aria-label="The chosen event"
    >
      <InspectorHead model={model} at={at} />
      <Tabs.List
        aria-label="About the event"
        className="flex h-8 shrink-0 items-center gap-0.5 overflow-x-auto border-line border-b px-2 [scrollbar-width:none]"
      >
        {tabs.map((id) => (
          <Tabs.Trigger
            key={id}
            value={id}
            className="shrink-0 rounded-[4px] px-2 py-0.5 text-dim hover:text-text data-[state=active]:bg-sunken data-[state=active]:text-text"
          >
            {TAB_NAMES[id]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content
        value={tab}
        className={clsx("min-h-0 flex-1 overflow-auto", isPlaceholderData && "opacity-60")}
        data-inspector={isPlaceholderData ? undefined : eventId}
      >
        {data ? (
          <Shown {...props} event={data} tab={tab} />
        ) : error ? (
          <div className="p-3">
            <ErrorNote
              error={error}
              stillWorks="The tree is complete without it."
              onRetry={() => void refetch()}
            />
          </div>
        ) : (
          <p className="px-3 py-3 text-dim">Reading the event …</p>
        )}
      </Tabs.Content>
    </Tabs.Root>
  );
}

function Shown(props: InspectorProps & { event: EventAnswer; tab: Tab }) {
  const { event, projectId, traceId, onChoose } = props;
  return (
    <>
      {event.status_message ? (
        <div className="border-line border-b bg-error-soft px-3 py-2 text-error">
          <Prose text={event.status_message} isMono />
        </div>
      ) : null}
      <EventScores projectId={projectId} traceId={traceId} eventId={event.event_id} onChoose={onChoose} />
      <Panel {...props} />
      <footer className="flex flex-wrap items-center gap-x-4 border-line border-t px-3 py-2 text-dim">
        <Moment at={event.start_time} />
        <Id id={event.event_id} label="event id" />
      </footer>
    </>
  );
}

function Panel({ event, tab, ...props }: InspectorProps & { event: EventAnswer; tab: Tab }) {
  switch (tab) {
    case "messages":
      return <MessagesTab {...props} event={event} />;
    case "new":
      return <NewTab {...props} event={event} />;
    case "output":
      return <OutputTab event={event} />;
    case "content":
      return <ContentTab event={event} />;
    case "cost":
      return <CostTab event={event} />;
    case "attributes":
      return <AttributesTab event={event} onChoose={props.onChoose} />;
    case "raw":
      return <RawTab event={event} />;
    case "where":
      return <WhereTab projectId={props.projectId} eventId={event.event_id} />;
  }
}
