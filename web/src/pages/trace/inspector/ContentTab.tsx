import type { EventAnswer } from "../../../api/client";
import { ProseToggle } from "../../../render/ProseToggle";
import { Value } from "../../../render/Value";
import { SectionTitle } from "./Facts";

const INPUTS: Record<string, string> = { tool_call: "Arguments", retrieval: "Query", message: "Message" };
const OUTPUTS: Record<string, string> = { tool_call: "Result", retrieval: "Results", eval_metric: "Score" };

/** What an event got and gave. */
export function ContentTab({ event }: { event: EventAnswer }) {
  const parts: [string, unknown][] = [
    [INPUTS[event.type] ?? "Input", event.input],
    [OUTPUTS[event.type] ?? "Output", event.output],
  ];
  const shown = parts.filter(([, value]) => !isNothing(value));
  if (shown.length === 0)
    return <p className="px-3 py-3 text-dim">No input or output was sent; see Raw and Attributes.</p>;
  return shown.map(([title, value], at) => (
    <section key={title}>
      <SectionTitle>
        <span>{title}</span>
        {at === 0 ? (
          <span className="ml-auto">
            <ProseToggle />
          </span>
        ) : null}
      </SectionTitle>
      <div className="px-3 py-2">
        <Value value={value} />
      </div>
    </section>
  ));
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}
