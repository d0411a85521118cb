"""Pydantic AI and Logfire beyond OpenTelemetry GenAI: what an agent saw and returned, and the names of before."""

from __future__ import annotations

from typing import Any, Final, cast

from watchllm_server.dialects.native_messages import to_messages
from watchllm_server.dialects.otlp.mapping.canonical import canonical_messages
from watchllm_server.dialects.otlp.mapping.contract import Signs
from watchllm_server.dialects.otlp.mapping.filling import Side, fill, fill_content, fill_messages, fill_type
from watchllm_server.dialects.otlp.mapping.genai_events import Happened, said_messages, sent_messages
from watchllm_server.dialects.otlp.mapping.genai_parts import canonical_parts
from watchllm_server.dialects.otlp.mapping.reading import as_list
from watchllm_server.dialects.otlp.span import Span, first_text
from watchllm_server.model.event import Event
from watchllm_server.model.messages import JsonObject

_MESSAGES: Final = "pydantic_ai.all_messages"
# The messages of one call, or of a whole run, as the events that they were before.
_EVENT_LISTS: Final = ("events", "all_messages_events")
_SCRUBBED: Final = "[Scrubbed due to "
_TEXTS: Final[tuple[tuple[Side, str], ...]] = (
    ("input", "tool_arguments"),
    ("output", "tool_response"),
    ("output", "final_result"),
)


class PydanticAI:
    """Implements `SpanMapper`."""

    name = "pydantic_ai"
    signs = Signs(
        markers=frozenset(
        {
            _MESSAGES, "all_messages_events", "final_result", "model_request_parameters", "tool_response",
            "tool_arguments", "logfire.scrubbed", "logfire.msg", "logfire.json_schema",
        }
    ),
        scopes=frozenset({"pydantic-ai"}),
    )  # fmt: skip

    def map(self, span: Span, event: Event) -> set[str]:
        attributes = span.attributes
        is_run = _MESSAGES in attributes or "all_messages_events" in attributes or "final_result" in attributes
        if is_run:
            fill_type(span, event, "agent_action")
        fill(event, agent_name=first_text(attributes, "agent_name"))
        if event.type == "model_response":
            fill(event, model=first_text(attributes, "model_name"))
        _drop_scrubbed(event)
        used = _map_texts(attributes, event)
        for key in _EVENT_LISTS:
            happened = _happened(attributes.get(key))
            is_filled = fill_messages(event, "input", sent_messages(happened))
            is_filled |= fill_messages(event, "output", said_messages(happened))
            used |= {key} if is_filled else set()
        return used | (_map_run(attributes, event) if is_run else set())


def _drop_scrubbed(event: Event) -> None:
    """Take back what Logfire put in place of a session's or user's id: strangers would share it."""
    if event.session_id.startswith(_SCRUBBED):
        event.session_id = ""
    if event.user_id.startswith(_SCRUBBED):
        event.user_id = ""


def _map_texts(attributes: dict[str, Any], event: Event) -> set[str]:
    return {key for side, key in _TEXTS if fill_content(event, side, attributes.get(key))}


def _map_run(attributes: dict[str, Any], event: Event) -> set[str]:
    """Split a run's messages: what the agent said last is its output, all before is what it saw."""
    given = attributes.get(_MESSAGES)
    messages = canonical_messages(given) or canonical_parts(to_messages(as_list(given), "user"))
    end = len(messages)
    while end and messages[end - 1]["role"] == "assistant":
        end -= 1
    before = as_list(event.input)
    if before and messages and "gen_ai.input.messages" not in attributes:
        # GenAI's instructions alone are there: they come before what the run saw.
        before = [] if messages[0]["role"] == "system" else before
        event.input = ""
        messages, end = [*before, *messages], end + len(before)
    is_filled = fill_messages(event, "input", messages[:end])
    said_is_filled = fill_messages(event, "output", messages[end:])
    # It leaves the attributes only when all of it is in the two.
    return {_MESSAGES} if is_filled and (said_is_filled or end == len(messages)) else set()


def _happened(value: Any) -> list[Happened]:
    events = [cast(JsonObject, item) for item in as_list(value) if isinstance(item, dict)]
    return [(str(event.get("event.name")), _without_name(event)) for event in events]


def _without_name(event: JsonObject) -> JsonObject:
    return {key: value for key, value in event.items() if key not in ("event.name", "gen_ai.message.index")}
