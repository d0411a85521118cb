"""Vercel's AI SDK with its `ai.*` names, as it sends them up to version 6; version 7 speaks OpenTelemetry GenAI."""

from __future__ import annotations

from typing import Any, Final, cast

from watchllm_server.dialects.content_parts import tool_call
from watchllm_server.dialects.otlp.mapping.bodies import request_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import (
    fill,
    fill_content,
    fill_messages,
    fill_tags,
    fill_type,
    fill_usage,
)
from watchllm_server.dialects.otlp.mapping.reading import as_list, count_of, parsed, parsed_object
from watchllm_server.dialects.otlp.mapping.usage_details import read_usage_details
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event, EventType
from watchllm_server.model.messages import JsonObject

_METADATA: Final = "ai.telemetry.metadata."
# Each kind's names without `ai.usage.`, the newest first.
_COUNTS: Final = {
    "input_tokens": ("inputTokens", "promptTokens", "tokens"),
    "output_tokens": ("outputTokens", "completionTokens"),
    "cache_read_tokens": ("inputTokenDetails.cacheReadTokens", "cachedInputTokens"),
    "cache_write_tokens": ("inputTokenDetails.cacheWriteTokens",),
    "reasoning_tokens": ("outputTokenDetails.reasoningTokens", "reasoningTokens"),
}


class VercelAI:
    """Implements `SpanMapper`."""

    name = "vercel_ai"
    signs = Signs(
        markers=frozenset({"ai.operationId"}),
    )

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        fill_type(span, event, _kind(first_text(attributes, "ai.operationId")))
        requested = first_text(attributes, "ai.model.id")
        # GenAI's name for it has the API behind the provider too: `openai.chat`.
        event.provider = _provider(first_text(attributes, "ai.model.provider")) or event.provider
        fill(
            event,
            model=first_text(attributes, "ai.response.model") or requested,
            model_requested=requested,
            response_id=first_text(attributes, "ai.response.id"),
            session_id=first_text(attributes, f"{_METADATA}sessionId", f"{_METADATA}session_id"),
            user_id=first_text(attributes, f"{_METADATA}userId", f"{_METADATA}user_id"),
            tool_name=first_text(attributes, "ai.toolCall.name"),
            prompt_name=_prompt_name(attributes),
        )
        if event.type == "agent_action":
            fill(event, agent_name=first_text(attributes, "ai.telemetry.functionId", "resource.name"))
        fill_tags(event, attributes.get(f"{_METADATA}tags"))
        fill_usage(event, _usage(attributes))
        return _map_input(attributes, event) | _map_output(attributes, event)


def _kind(operation: str) -> EventType:
    if operation.endswith((".doGenerate", ".doStream", ".doEmbed", ".doRerank")):
        return "model_response"
    if operation == "ai.toolCall":
        return "tool_call"
    # What embeds is called in one call or many; only what generates decides anything.
    return "span" if operation.startswith(("ai.embed", "ai.rerank")) else "agent_action"


def _provider(name: str) -> str:
    """Return the provider without the API: `openai.chat` is openai, `azure-openai.responses` azure-openai."""
    return name[:256] if name.startswith(("aws.", "azure.", "gcp.")) else name.partition(".")[0][:256]


def _prompt_name(attributes: dict[str, Any]) -> str:
    prompt = parsed_object(attributes.get(f"{_METADATA}langfusePrompt"))
    return str(prompt.get("name") or "")


def _usage(attributes: dict[str, Any]) -> dict[str, int]:
    usage: dict[str, int] = {}
    for kind, names in _COUNTS.items():
        counts = (count_of(attributes.get(f"ai.usage.{name}")) for name in names)
        if (count := next((one for one in counts if one is not None), None)) is not None:
            usage[kind] = count
    provider = parsed_object(attributes.get("ai.response.providerMetadata")).get("anthropic")
    if isinstance(provider, dict):
        # The one place that has what was written to the cache, and for how long.
        said = read_usage_details(parsed_object(cast(JsonObject, provider).get("usage")))
        usage = {**{kind: count for kind, count in said.items() if kind.startswith("cache_write")}, **usage}
    return usage


def _map_input(attributes: dict[str, Any], event: Event) -> set[str]:
    if event.type == "tool_call":
        return {"ai.toolCall.args"} if fill_content(event, "input", attributes.get("ai.toolCall.args")) else set()
    for key in ("ai.prompt.messages", "ai.prompt", "ai.value"):
        if fill_messages(event, "input", request_messages(parsed(attributes.get(key)))):
            return {key}
    # Many values to embed, each a JSON text.
    values = attributes.get("ai.values")
    many = [parsed(value) for value in cast(list[Any], values)] if isinstance(values, list) else []
    return {"ai.values"} if many and fill_content(event, "input", many) else set()


def _map_output(attributes: dict[str, Any], event: Event) -> set[str]:
    if event.type == "tool_call":
        return {"ai.toolCall.result"} if fill_content(event, "output", attributes.get("ai.toolCall.result")) else set()
    used: set[str] = set()
    parts: list[JsonObject] = []
    for kind in ("reasoning", "text", "object"):
        key = next((key for key in (f"ai.response.{kind}", f"ai.result.{kind}") if attributes.get(key)), None)
        if key is not None:
            content = parsed(attributes[key]) if kind == "object" else attributes[key]
            parts.append({"type": "json" if kind == "object" else kind, "content": content})
            used.add(key)
    for key in ("ai.response.toolCalls", "ai.result.toolCalls"):
        calls = [_call(call) for call in as_list(attributes.get(key))]
        parts += calls
        used |= {key} if calls else set()
    if not parts:
        return set()
    message: JsonObject = {"role": "assistant", "parts": parts}
    if reason := first_text(attributes, "ai.response.finishReason", "ai.finishReason"):
        message["finish_reason"] = reason
    return used if fill_messages(event, "output", [message]) else set()


def _call(call: Any) -> JsonObject:
    if not isinstance(call, dict):
        return {"type": "json", "content": call}
    given = cast(JsonObject, call)
    arguments = given.get("input", given.get("args"))
    return tool_call({"id": given.get("toolCallId"), "name": given.get("toolName"), "arguments": arguments})
