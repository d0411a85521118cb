/** The canonical messages of a model call: roles, texts, reasoning, tool calls and their answers. */

import clsx from "clsx";
import { MessagePart } from "./MessagePart";
import { asMessage } from "./message";
import { Text } from "./Text";

const ROLE_COLORS: Record<string, string> = {
  system: "text-message",
  user: "text-text",
  assistant: "text-model",
  tool: "text-tool",
};

interface MessagesProps {
  messages: readonly unknown[];
  /** How many of the first were in the call before as well; undefined when there was none to compare with. */
  knownCount?: number | undefined;
  isOutput?: boolean;
}

export function Messages({ messages, knownCount, isOutput = false }: MessagesProps) {
  return (
    <ol>
      {messages.map((given, at) => (
        <Message key={at} given={given} mark={markOf(at, knownCount, isOutput)} />
      ))}
    </ol>
  );
}

type Mark = "same" | "new" | null;

function markOf(at: number, knownCount: number | undefined, isOutput: boolean): Mark {
  if (knownCount === undefined || isOutput) return null;
  return at < knownCount ? "same" : "new";
}

function Message({ given, mark }: { given: unknown; mark: Mark }) {
  const message = asMessage(given);
  return (
    <li
      data-role={message.role}
      className="grid grid-cols-[72px_minmax(0,1fr)] gap-x-3 border-line border-b px-3 py-2 last:border-b-0"
    >
      <span className={clsx("min-w-0 pt-px font-medium", ROLE_COLORS[message.role] ?? "text-dim")}>
        <span className="block truncate">
          <Text value={message.role} />
        </span>
        {message.name ? (
          <span className="block truncate font-normal text-dim">
            <Text value={message.name} />
          </span>
        ) : null}
        {mark ? (
          <span
            className={clsx("block font-normal text-[11px]", mark === "new" ? "text-accent" : "text-faint")}
            title={mark === "new" ? "Not in the call before" : "In the call before as well"}
          >
            {mark}
          </span>
        ) : null}
      </span>
      <div className="grid min-w-0 gap-2">
        {message.parts.map((part, index) => (
          <MessagePart key={index} part={part} />
        ))}
        {message.parts.length === 0 ? <span className="text-faint">nothing</span> : null}
        {message.finish_reason && message.finish_reason !== "stop" ? (
          <span className="text-dim">
            ended by <Text value={message.finish_reason} />
          </span>
        ) : null}
      </div>
    </li>
  );
}
