/** The canonical messages of a model call: roles, texts, reasoning, tool calls and their answers. */

import clsx from "clsx";
import { ArrowRight, Brain, Paperclip } from "lucide-react";
import { Json } from "./Json";
import { Prose } from "./Prose";
import { Value } from "./Value";

interface Part {
  type: string;
  content?: unknown;
  name?: string;
  arguments?: unknown;
  response?: unknown;
  id?: string;
  mime_type?: string;
  modality?: string;
}

interface Message {
  role: string;
  parts: Part[];
  name?: string;
  finish_reason?: string;
}

const ROLE_COLORS: Record<string, string> = {
  system: "text-message",
  user: "text-text",
  assistant: "text-model",
  tool: "text-tool",
};

export function Messages({ messages }: { messages: unknown[] }) {
  return (
    <ol>
      {messages.map((given, at) => {
        const message = asMessage(given);
        return (
          <li
            key={at}
            className="grid grid-cols-[72px_minmax(0,1fr)] gap-x-3 border-line border-b px-3 py-2 last:border-b-0"
          >
            <span className={clsx("pt-px font-medium", ROLE_COLORS[message.role] ?? "text-dim")}>
              {message.role}
              {message.name ? (
                <span className="block truncate font-normal text-faint">{message.name}</span>
              ) : null}
            </span>
            <div className="grid min-w-0 gap-2">
              {message.parts.map((part, index) => (
                <MessagePart key={index} part={part} />
              ))}
              {message.finish_reason && message.finish_reason !== "stop" ? (
                <span className="text-faint">ended by {message.finish_reason}</span>
              ) : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

/** Reads a message; what has another shape is one part of JSON. */
function asMessage(given: unknown): Message {
  const message = given as Partial<Message> | null;
  if (message && typeof message === "object" && Array.isArray(message.parts)) {
    return { ...message, role: message.role ?? "?", parts: message.parts };
  }
  return { role: message?.role ?? "?", parts: [{ type: "json", content: given }] };
}

function MessagePart({ part }: { part: Part }) {
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
      return (
        <div className="rounded-box border border-line px-2 py-1.5">
          <div className="flex items-center gap-1.5 font-mono text-[11.5px] text-tool">
            <ArrowRight className="size-3" aria-hidden />
            {part.name}
            {part.id ? <span className="ml-auto truncate text-faint">{part.id}</span> : null}
          </div>
          {part.arguments === undefined || part.arguments === null ? null : (
            <div className="mt-1">
              <Arguments value={part.arguments} />
            </div>
          )}
        </div>
      );
    case "tool_call_response":
      return (
        <div className="min-w-0">
          {part.id ? <div className="truncate font-mono text-[11px] text-faint">{part.id}</div> : null}
          <Value value={part.response ?? null} />
        </div>
      );
    case "blob":
    case "file":
    case "uri":
      return (
        <div className="flex items-center gap-1.5 text-dim">
          <Paperclip className="size-3.5" aria-hidden />
          {[part.modality, part.mime_type].filter(Boolean).join(" · ") || part.type}
        </div>
      );
    default:
      return <Json value={part.content ?? part} />;
  }
}

/** Providers send arguments as JSON text: it is shown as the value that it holds. */
function Arguments({ value }: { value: unknown }) {
  if (typeof value !== "string") return <Json value={value} />;
  try {
    return <Json value={JSON.parse(value)} />;
  } catch {
    return <Prose text={value} isMono />;
  }
}
