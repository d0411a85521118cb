/** Every event type: its icon, colour and name. */

import {
  Bot,
  Boxes,
  Braces,
  CircleX,
  Coins,
  FileSearch,
  Gauge,
  type LucideIcon,
  MessageSquare,
  Minus,
  Sparkles,
  Wrench,
} from "lucide-react";

export interface EventType {
  icon: LucideIcon;
  name: string;
  text: string;
  bar: string;
}

const TYPES = {
  agent_action: { icon: Bot, name: "agent", text: "text-agent", bar: "bg-agent" },
  model_response: { icon: Sparkles, name: "model", text: "text-model", bar: "bg-model" },
  tool_call: { icon: Wrench, name: "tool", text: "text-tool", bar: "bg-tool" },
  retrieval: { icon: FileSearch, name: "retrieval", text: "text-retrieval", bar: "bg-retrieval" },
  message: { icon: MessageSquare, name: "message", text: "text-message", bar: "bg-message" },
  span: { icon: Boxes, name: "span", text: "text-span", bar: "bg-span" },
  error: { icon: CircleX, name: "error", text: "text-error", bar: "bg-error" },
  eval_metric: { icon: Gauge, name: "eval", text: "text-eval", bar: "bg-eval" },
  log: { icon: Minus, name: "log", text: "text-dim", bar: "bg-faint" },
  token_usage: { icon: Coins, name: "usage", text: "text-model", bar: "bg-model" },
  custom: { icon: Braces, name: "custom", text: "text-custom", bar: "bg-custom" },
} satisfies Record<string, EventType>;

/** Returns how a type is shown; one from a newer server looks like `custom`. */
export function eventType(type: string): EventType {
  return type in TYPES ? TYPES[type as keyof typeof TYPES] : { ...TYPES.custom, name: type };
}
