/** What is open and closed in the tree; it follows events, not places, so that a trace may grow below it. */

import { useCallback, useMemo, useState } from "react";
import { eventIdAt, type TraceModel } from "../model";
import { revealing, type View, visibleRows } from "../rows";

export interface TreeView {
  view: View;
  /** Indexes of the events that have a row. */
  rows: Int32Array;
  isClosed: (at: number) => boolean;
  /** Opens or closes what is below an event, or the run that it begins. */
  toggle: (at: number, open?: boolean) => void;
  /** Opens what stands between an event and its row. */
  reveal: (at: number) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useTreeView(
  model: TraceModel,
  hiddenTypes: ReadonlySet<string>,
  onHiddenTypes: (types: ReadonlySet<string>) => void,
): TreeView {
  const [closed, setClosed] = useState(NONE);
  const [opened, setOpened] = useState(NONE);
  const view = useMemo(() => ({ closed, opened, hiddenTypes }), [closed, opened, hiddenTypes]);
  const rows = useMemo(() => visibleRows(model, view), [model, view]);
  const isClosed = useCallback(
    (at: number) => {
      const id = eventIdAt(model, at);
      return model.run[at] ? !opened.has(id) : closed.has(id);
    },
    [model, closed, opened],
  );
  const toggle = useCallback(
    (at: number, open?: boolean) => {
      const id = eventIdAt(model, at);
      const isRun = Boolean(model.run[at]);
      const setIds = isRun ? setOpened : setClosed;
      setIds((before) => {
        const isOpen = open ?? isRun !== before.has(id);
        const next = new Set(before);
        if (isOpen === isRun) next.add(id);
        else next.delete(id);
        return next;
      });
    },
    [model],
  );
  const reveal = useCallback(
    (at: number) => {
      const next = revealing(model, view, at);
      if (next.closed.size !== closed.size) setClosed(next.closed);
      if (next.opened.size !== opened.size) setOpened(next.opened);
      if (next.hiddenTypes.size !== hiddenTypes.size) onHiddenTypes(next.hiddenTypes);
    },
    [model, view, closed, opened, hiddenTypes, onHiddenTypes],
  );
  return { view, rows, isClosed, toggle, reveal };
}
