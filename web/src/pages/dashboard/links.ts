/** Where a figure leads: the traces or events that it sums, with the filter and range of the dashboard. */

import type { DashboardSearch } from "../../api/dashboardSearch";
import type { ListSearch } from "../../api/listSearch";
import { rangeOf } from "../../api/range";
import type { Dimension } from "../../api/stats";
import { conditionText } from "../../filter/text";

// The dimension's field of the filter, where it has another name.
const FIELDS: Partial<Record<Dimension, string>> = { tag: "tags" };

/** A term that only the events of a group fit. */
export function groupTerm(by: Dimension, key: string | null): string {
  const field = FIELDS[by] ?? by;
  return key === null
    ? conditionText({ field, op: "exists", value: false })
    : conditionText({ field, op: "=", value: key });
}

/** The address of a list with further terms. */
export function listLink(search: DashboardSearch, more: Partial<ListSearch>, ...terms: string[]): ListSearch {
  const q = [search.q ?? "", ...terms].filter(Boolean).join(" ");
  return { ...rangeOf(search), ...more, q: q || undefined };
}
