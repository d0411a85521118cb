import clsx from "clsx";
import { eventType } from "../../../components/eventTypes";
import { type Status, StatusBadge } from "../../../components/Status";
import { count, dollars, duration, exactCount, exactDollars, exactDuration } from "../../../format/format";
import { Text } from "../../../render/Text";
import { type TraceModel, textAt } from "../model";

/** What the chosen event is, from what the tree knows: there before its texts are. */
export function InspectorHead({ model, at }: { model: TraceModel; at: number }) {
  const type = eventType(textAt(model.type, at));
  const Icon = type.icon;
  const name = textAt(model.name, at) || type.name;
  const modelName = textAt(model.model, at);
  const ms = (model.duration[at] as number) < 0 ? null : (model.duration[at] as number) / 1_000;
  const tokens = (model.inputTokens[at] as number) + (model.outputTokens[at] as number);
  const cost = model.ownCost[at] as number;
  return (
    <div className="flex h-9 shrink-0 items-center gap-2 overflow-hidden whitespace-nowrap border-line border-b px-3">
      <Icon className={clsx("size-3.5 shrink-0", type.text)} role="img" aria-label={type.name} />
      <h2 className="truncate font-semibold" title={name}>
        <Text value={name} />
      </h2>
      {modelName && !name.includes(modelName) ? (
        <span className="min-w-0 truncate text-dim">
          <Text value={modelName} />
        </span>
      ) : null}
      <span className="ml-auto flex shrink-0 items-center gap-3 text-dim tabular-nums">
        <StatusBadge status={(textAt(model.status, at) || "ok") as Status} />
        <span title={exactDuration(ms)}>{duration(ms)}</span>
        {tokens ? <span title={`${exactCount(tokens)} tokens`}>{count(tokens)}</span> : null}
        {Number.isNaN(cost) ? null : <span title={exactDollars(String(cost))}>{dollars(cost)}</span>}
      </span>
    </div>
  );
}
