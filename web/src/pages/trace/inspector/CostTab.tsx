import type { EventAnswer } from "../../../api/client";
import { exactCount, exactDollars, usageName } from "../../../format/format";
import { Text } from "../../../render/Text";
import { costLines, notCounted } from "./cost";
import { Facts, Section } from "./Facts";

const UNPRICED: Record<string, string> = {
  "unpriced:unknown_model": "No price is known for this model.",
  "unpriced:no_model": "The event names no model, so there is no price for it.",
  "": "No token counts were sent, so there is nothing to price.",
};

/** What a call cost: tokens × price by kind, where the prices come from, and whether the trace's totals have it. */
export function CostTab({ event }: { event: EventAnswer }) {
  const lines = costLines(event);
  return (
    <>
      <Section title="Tokens and cost">
        {lines.length ? (
          <table className="w-full max-w-lg tabular-nums">
            <thead className="text-left text-dim">
              <tr>
                <th className="py-0.5 font-normal">kind</th>
                <th className="text-right font-normal">tokens</th>
                <th className="text-right font-normal">$ per million</th>
                <th className="text-right font-normal">cost</th>
              </tr>
            </thead>
            <tbody>
              {lines.map(({ kind, tokens, perMillion, cost, isPart }) => (
                <tr key={kind} className={isPart ? "text-dim" : undefined}>
                  <td className="py-0.5">
                    {isPart ? "of which " : ""}
                    <Text value={usageName(kind)} />
                  </td>
                  <td className="text-right">{tokens === null ? "" : exactCount(tokens)}</td>
                  <td className="text-right">{perMillion ?? ""}</td>
                  <td className="text-right">{cost === null ? "" : exactDollars(cost)}</td>
                </tr>
              ))}
              <tr className="border-line border-t font-semibold">
                <td className="py-1" colSpan={3}>
                  total
                </td>
                <td className="text-right">{exactDollars(event.cost_usd)}</td>
              </tr>
            </tbody>
          </table>
        ) : null}
        {event.cost_usd === null ? (
          <p className="mt-1 text-dim">
            {UNPRICED[event.cost_status] ?? `Not priced: ${event.cost_status.replace("unpriced:", "")}.`}
          </p>
        ) : null}
      </Section>
      <Section title="In the totals of the trace">
        {event.counted ? (
          <p>Yes: this event counts, and nothing else counts the same call.</p>
        ) : (
          <p>
            No. {notCounted(event.counted_reason)}
            <span className="ml-2 font-mono text-[11px] text-faint">{event.counted_reason}</span>
          </p>
        )}
      </Section>
      <Section title="How it was found">
        <Facts
          facts={[
            ["priced as", <Text key="model" value={event.model || "–"} />],
            ["named by the caller", <Text key="requested" value={event.model_requested || "–"} />],
            ["provider", <Text key="provider" value={event.provider || "–"} />],
            ["prices of", event.price_revision || "–"],
            [
              "reported by the sender",
              event.reported_cost_usd === null ? "nothing" : exactDollars(event.reported_cost_usd),
            ],
          ]}
        />
      </Section>
    </>
  );
}
