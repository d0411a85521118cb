import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ColumnsTrace } from "../../api/client";
import { Conversation } from "./conversation/Conversation";
import { Inspector } from "./inspector/Inspector";
import { eventIdAt, indexOf, type TraceModel } from "./model";
import { Panes } from "./Panes";
import { failingSteps } from "./rows";
import { TraceHeader } from "./TraceHeader";
import { TraceTree } from "./tree/TraceTree";
import { TreeBar } from "./tree/TreeBar";
import { ROW_PX } from "./tree/TreeRow";
import { useTreeMoves } from "./tree/useTreeMoves";
import { useTreeView } from "./tree/useTreeView";
import { useFind } from "./useFind";
import { useTraceAddress } from "./useTraceAddress";

interface TraceViewProps {
  projectId: string;
  trace: ColumnsTrace;
  model: TraceModel;
}

/** A trace: its tree and waterfall, or its conversation, on the left; the chosen event on the right. */
export function TraceView({ projectId, trace, model }: TraceViewProps) {
  const [address, change] = useTraceAddress();
  const choose = useCallback((event: string) => change({ event }), [change]);
  const hiddenTypes = useMemo(() => new Set((address.hide ?? "").split(",").filter(Boolean)), [address.hide]);
  const hide = useCallback(
    (types: ReadonlySet<string>) => change({ hide: [...types].join(",") || undefined }),
    [change],
  );
  const tree = useTreeView(model, hiddenTypes, hide);
  const failing = useMemo(() => failingSteps(model), [model]);
  const find = useFind(projectId, trace.trace_id, model);
  const wanted = address.event === undefined ? -1 : indexOf(model, address.event);
  const chosenAt = wanted >= 0 ? wanted : model.size > 0 ? 0 : -1;
  const chosen = chosenAt < 0 ? null : eventIdAt(model, chosenAt);
  // An event that a link names may be in a run, which begins as one row.
  const { reveal } = tree;
  const isLinked = useRef(wanted >= 0);
  useEffect(() => {
    if (isLinked.current) reveal(wanted);
    isLinked.current = false;
  }, [reveal, wanted]);
  const [pageRows] = useState(() => Math.max(5, Math.floor((innerHeight - 180) / ROW_PX)));
  const { jump } = useTreeMoves({
    model,
    tree,
    chosenAt,
    failing,
    found: find.found,
    pageRows,
    onChoose: choose,
  });
  const isConversation = address.view === "conversation";
  return (
    <div className="flex h-full flex-col">
      <TraceHeader
        projectId={projectId}
        trace={trace}
        isConversation={isConversation}
        onConversation={(shown) => change({ view: shown ? "conversation" : undefined })}
        onChoose={choose}
      />
      <Panes
        left={
          <section aria-label="Tree" className="flex h-full flex-col text-xs">
            <TreeBar
              model={model}
              text={find.text}
              onText={find.setText}
              found={find.found}
              note={find.note}
              failing={failing}
              onJump={jump}
              hiddenTypes={hiddenTypes}
              onHiddenTypes={hide}
            />
            {isConversation ? (
              <Conversation
                projectId={projectId}
                traceId={trace.trace_id}
                model={model}
                chosenAt={chosenAt}
                onChoose={choose}
              />
            ) : (
              <TraceTree model={model} tree={tree} chosenAt={chosenAt} found={find.found} onChoose={choose} />
            )}
          </section>
        }
        right={
          chosen === null ? (
            <p className="p-4 text-dim text-xs">This trace has no events yet.</p>
          ) : (
            <Inspector
              projectId={projectId}
              traceId={trace.trace_id}
              eventId={chosen}
              at={chosenAt}
              model={model}
              onChoose={choose}
            />
          )
        }
      />
    </div>
  );
}
