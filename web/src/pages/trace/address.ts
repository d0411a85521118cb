/** The state of the trace page that is in its address, so that a link shows what its sender saw. */

export type TraceView = "tree" | "conversation";

export interface TraceAddress {
  /** The chosen event. */
  event?: string;
  view?: "conversation";
  /** What is looked for in the trace. */
  find?: string;
  /** Types that are out of sight, separated by commas. */
  hide?: string;
}

export function readTraceAddress(given: Record<string, unknown>): TraceAddress {
  const address: TraceAddress = {};
  const { event, view, find, hide } = given;
  if (typeof event === "string" && event) address.event = event;
  if (view === "conversation") address.view = view;
  if (typeof find === "string" && find) address.find = find;
  if (typeof hide === "string" && hide) address.hide = hide;
  return address;
}
