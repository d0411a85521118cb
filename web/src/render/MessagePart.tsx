import { ArrowRight, Brain, CornerDownLeft, Paperclip } from "lucide-react";
import { Elsewhere } from "./Elsewhere";
import { Json } from "./Json";
import { asText, type Part } from "./message";
import { Text } from "./Text";
import { Value } from "./Value";

/** One part of a message. */
export function MessagePart({ part }: { part: Part }) {
  switch (part.type) {
    case "text":
      return <Value value={part.content ?? ""} />;
    case "reasoning":
      return (
        <div className="border-line border-l-2 pl-2 text-dim italic">
          <Brain className="mb-1 size-3.5" role="img" aria-label="reasoning" />
          <Value value={part.content ?? ""} />
        </div>
      );
    case "tool_call":
      return <ToolCall part={part} />;
    case "tool_call_response":
      return (
        <div className="min-w-0">
          <div
            className={`flex items-center gap-1.5 font-mono text-[11px] text-dim ${asText(part.name) || asText(part.id) ? "" : "sr-only"}`}
          >
            <CornerDownLeft className="size-3 shrink-0" role="img" aria-label="result of" />
            <span className="truncate">
              <Text value={asText(part.name) || asText(part.id)} />
            </span>
          </div>
          <Value value={parsed(part.response ?? null)} />
        </div>
      );
    case "blob":
    case "file":
    case "uri":
      return <Media part={part} />;
    default:
      return <Json value={part.content ?? part} />;
  }
}

function ToolCall({ part }: { part: Part }) {
  return (
    <div className="rounded-box border border-line px-2 py-1.5">
      <div className="flex items-center gap-1.5 font-mono text-[11.5px] text-tool">
        <ArrowRight className="size-3 shrink-0" role="img" aria-label="calls" />
        <span className="truncate">
          <Text value={asText(part.name) || "a tool without a name"} />
        </span>
        <span className="ml-auto min-w-0 truncate text-faint">
          <Text value={asText(part.id)} />
        </span>
      </div>
      {part.arguments === undefined || part.arguments === null ? null : (
        <div className="mt-1">
          <Value value={parsed(part.arguments)} />
        </div>
      )}
    </div>
  );
}

/** Providers send arguments and results as JSON text: it is shown as the value that it holds. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function Media({ part }: { part: Part }) {
  const what = [asText(part.modality), asText(part.mime_type)].filter(Boolean).join(" · ") || part.type;
  const address = asText(part.uri) || embedded(part);
  return (
    <div className="text-dim">
      <Paperclip className="mr-1.5 inline size-3.5" aria-hidden />
      {address ? (
        <Elsewhere address={address} kind={asText(part.modality) === "image" ? "image" : "link"}>
          <Text value={what} />
        </Elsewhere>
      ) : (
        <Text value={what} />
      )}
    </div>
  );
}

/** Returns the content of a blob as an address; empty when it was not kept. */
function embedded(part: Part): string {
  const content = asText(part.content);
  const type = asText(part.mime_type);
  return content && type && part.type === "blob" ? `data:${type};base64,${content}` : "";
}
