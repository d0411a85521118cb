"""Messages of GenAI spans in all the places they have stood, as canonical lists.

Newest first: `gen_ai.input.messages`; indexed `gen_ai.prompt.N.*`; one JSON text `gen_ai.prompt`; span events
`gen_ai.*.message` and `gen_ai.choice`. What cannot be read is left an attribute.
"""

from __future__ import annotations

from typing import Any, Final, cast

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.canonical import canonical_messages
from watchllm_server.dialects.otlp.mapping.genai_events import happened_on, said_messages, sent_messages
from watchllm_server.dialects.otlp.mapping.genai_parts import canonical_part, canonical_parts
from watchllm_server.dialects.otlp.mapping.indexed import collect_indexed, listed, understood
from watchllm_server.dialects.otlp.mapping.reading import parsed
from watchllm_server.dialects.otlp.span import Span
from watchllm_server.model.messages import JsonObject

# What a flattened message has that becomes part of it.
_FIELDS: Final = frozenset(
    {"role", "name", "content", "parts", "tool_calls", "tool_call_id", "finish_reason", "refusal", "function_call"}
)

Found = tuple[list[JsonObject], set[str]]


def input_messages(span: Span, attributes: dict[str, Any]) -> Found:
    """Return what the model was sent, and the attributes it was read from."""
    messages, used = _first_of(attributes, ("gen_ai.input.messages", "gen_ai.prompt"), "user")
    if not messages:
        messages, used = _indexed(attributes, "gen_ai.prompt.", "user")
    if not messages and span.events:
        messages = sent_messages(happened_on(span))
    instructions = parsed(attributes.get("gen_ai.system_instructions"))
    if instructions is not None:
        parts = cast(list[Any], instructions) if isinstance(instructions, list) else [instructions]
        system = {"role": "system", "parts": [canonical_part(part) for part in parts]}
        return [system, *messages], used | {"gen_ai.system_instructions"}
    return messages, used


def output_messages(span: Span, attributes: dict[str, Any]) -> Found:
    """Return what the model said, and the attributes it was read from."""
    messages, used = _first_of(attributes, ("gen_ai.output.messages", "gen_ai.completion"), "assistant")
    if not messages or not (messages[0]["parts"] or any(message["parts"] for message in messages)):
        # None at all, or as empty as LiteLLM leaves the newer place when the model called tools.
        said, keys = _indexed(attributes, "gen_ai.completion.", "assistant")
        messages, used = (said, keys) if said else (messages, used)
    if not messages and span.events:
        messages = said_messages(happened_on(span))
    reasons = parsed(attributes.get("gen_ai.response.finish_reasons"))
    if isinstance(reasons, list):
        for message, reason in zip(messages, cast(list[Any], reasons), strict=False):
            if isinstance(reason, str):
                message.setdefault("finish_reason", reason)
    return messages, used


def _first_of(attributes: dict[str, Any], keys: tuple[str, ...], role: str) -> Found:
    for key in keys:
        if key in attributes:
            if messages := canonical_messages(attributes[key]):
                return messages, {key}
            value = parsed(attributes[key])
            if value is not None:
                return canonical_parts(to_messages(value, role)), {key}
    return [], set()


def _indexed(attributes: dict[str, Any], prefix: str, role: str) -> Found:
    items, used = collect_indexed(attributes, prefix)
    if not items:
        return [], set()
    if all(item.keys() <= {"function_call", "finish_reason"} and "function_call" in item for item in items):
        # Calls of one message, each as if it were one.
        items = [{"tool_calls": [item["function_call"] for item in items]}]
    messages = canonical_parts([m for item in items for m in to_messages(_with_lists(item), role)])
    return messages, understood(used, prefix, _FIELDS)


def _with_lists(item: JsonObject) -> JsonObject:
    if "function_call" in item and "tool_calls" not in item:
        item["tool_calls"] = [item.pop("function_call")]
    if isinstance(item.get("tool_calls"), dict):
        item["tool_calls"] = listed(item["tool_calls"])
    if "content" not in item and not item.get("tool_calls"):
        item["content"] = ""
    if isinstance(item.get("content"), str):
        decoded = parsed(item["content"])
        item["content"] = decoded if isinstance(decoded, list) else item["content"]
    return item
