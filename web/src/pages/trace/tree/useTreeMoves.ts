/** Moving in the tree: by keys, to what failed, to what was found. */

import { useKeys } from "../../../components/useKeys";
import { eventIdAt, type TraceModel } from "../model";
import { nextOf, rowOf } from "../rows";
import type { TreeView } from "./useTreeView";

export interface TreeMoves {
  /** Goes to the next of some events, around the end. */
  jump: (among: Int32Array, by: 1 | -1) => void;
}

interface Given {
  model: TraceModel;
  tree: TreeView;
  /** Index of the chosen event, -1 for none. */
  chosenAt: number;
  failing: Int32Array;
  found: Int32Array;
  pageRows: number;
  onChoose: (eventId: string) => void;
}

export function useTreeMoves({
  model,
  tree,
  chosenAt,
  failing,
  found,
  pageRows,
  onChoose,
}: Given): TreeMoves {
  const { rows, toggle, isClosed } = tree;
  const choose = (at: number) => onChoose(eventIdAt(model, at));
  const show = (at: number) => {
    tree.reveal(at);
    choose(at);
  };
  const jump = (among: Int32Array, by: 1 | -1) => {
    const next = nextOf(among, chosenAt, by);
    if (next !== undefined) show(next);
  };
  const moveTo = (row: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, row))];
    if (next !== undefined) choose(next);
  };
  const row = rowOf(rows, chosenAt);
  const canOpen = chosenAt >= 0 && (model.opens[chosenAt] === 1 || (model.run[chosenAt] as number) > 0);
  const left = () => {
    const above = model.parent[chosenAt] ?? -1;
    if (canOpen && !isClosed(chosenAt)) toggle(chosenAt, false);
    else if (above >= 0) show(above);
  };
  const right = () => {
    if (canOpen && isClosed(chosenAt)) toggle(chosenAt, true);
    else if (model.opens[chosenAt] === 1) moveTo(row + 1);
  };
  useKeys({
    ArrowDown: () => moveTo(row + 1),
    ArrowUp: () => moveTo(row - 1),
    j: () => moveTo(row + 1),
    k: () => moveTo(row - 1),
    PageDown: () => moveTo(row + pageRows),
    PageUp: () => moveTo(row - pageRows),
    Home: () => moveTo(0),
    End: () => moveTo(rows.length - 1),
    ArrowLeft: left,
    ArrowRight: right,
    Enter: () => (canOpen ? toggle(chosenAt) : undefined),
    e: () => jump(failing, 1),
    E: () => jump(failing, -1),
    n: () => jump(found, 1),
    N: () => jump(found, -1),
  });
  return { jump };
}
