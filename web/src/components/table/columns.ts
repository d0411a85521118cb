/** The columns of a table: what they show, how wide they are, and which of them are chosen. */

import type { ReactNode } from "react";

/** What a choice of columns needs to know. */
export interface ColumnName {
  id: string;
  label: string;
  /** Whether it is shown until someone chooses. */
  isUsual?: boolean;
}

export interface Column<Row> extends ColumnName {
  /** In pixels, until someone drags it. */
  width: number;
  /** Takes the room that is left. */
  isWide?: boolean;
  isNumber?: boolean;
  /** The API's field to sort by. */
  sort?: string;
  title?: (row: Row) => string | undefined;
  show: (row: Row) => ReactNode;
}

export type Widths = Readonly<Record<string, number>>;

export const ROW_PX = 32;
export const MIN_WIDTH_PX = 44;
const GAP_PX = 12;
const PADDING_PX = 32;

/** The columns that an address names, in their usual order; the usual ones when it names none. */
export function chosenColumns<C extends ColumnName>(all: readonly C[], named: string | undefined): C[] {
  const ids = named?.split(",");
  const chosen = ids ? all.filter(({ id }) => ids.includes(id)) : [];
  return chosen.length ? chosen : all.filter(({ isUsual }) => isUsual);
}

/** How an address names a choice of columns; undefined for the usual ones. */
export function namedColumns(all: readonly ColumnName[], chosen: ReadonlySet<string>): string | undefined {
  const ids = all.filter(({ id }) => chosen.has(id)).map(({ id }) => id);
  const usual = all.filter(({ isUsual }) => isUsual).map(({ id }) => id);
  return ids.join() === usual.join() ? undefined : ids.join();
}

/** The CSS grid of head and rows, and the least width at which nothing is squeezed. */
export function gridOf<Row>(
  columns: readonly Column<Row>[],
  widths: Widths,
): { tracks: string; minPx: number } {
  const given = columns.map(({ id, width }) => widths[id] ?? width);
  const tracks = columns.map(({ id, isWide }, at) =>
    isWide && widths[id] === undefined ? `minmax(${given[at]}px, 1fr)` : `${given[at]}px`,
  );
  const minPx = given.reduce((sum, width) => sum + width, 0) + GAP_PX * (columns.length - 1) + PADDING_PX;
  return { tracks: tracks.join(" "), minPx };
}
