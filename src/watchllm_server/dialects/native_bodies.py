"""The eleven typed bodies of native events: what each must have, and where it goes in the event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from watchllm_server.dialects.duration import set_end
from watchllm_server.dialects.native_fields import Fields, Refused, as_json, flatten
from watchllm_server.dialects.native_messages import prompt_messages, response_messages
from watchllm_server.model.event import Event, EventType, preview
from watchllm_server.model.messages import shown_input, shown_output

# Body keys of token counts → our kinds.
_USAGE: Final = {
    "input_tokens": ("inputTokens", "input_tokens", "promptTokens", "prompt_tokens"),
    "output_tokens": ("outputTokens", "output_tokens", "completionTokens", "completion_tokens"),
    "cache_read_tokens": ("cacheReadTokens", "cache_read_tokens"),
    "cache_write_tokens": ("cacheWriteTokens", "cache_write_tokens"),
    "reasoning_tokens": ("reasoningTokens", "reasoning_tokens"),
}
_FIRST_TOKEN: Final = ("firstTokenMs", "first_token_ms", "timeToFirstTokenMs", "time_to_first_token_ms")
LEVELS: Final = frozenset({"debug", "info", "warn", "error"})
_STATUSES: Final = frozenset({"ok", "error", "running", "lost"})

Reader = Callable[[Fields, Event], None]


def read_body(kind: EventType, fields: Fields, event: Event) -> None:
    """Fill the event from its body. Raises Refused."""
    _read_common(fields, event)
    _READERS[kind](fields, event)
    metadata = fields.object("metadata")
    _read_prompt(metadata, event)
    event.attributes |= flatten("metadata.", metadata)
    event.attributes |= flatten("", fields.rest)


def _read_common(fields: Fields, event: Event) -> None:
    status = fields.text("status")
    if status in _STATUSES:
        event.status = cast(Any, status)
    elif status:
        event.attributes["status"] = status
    event.status_message = fields.text("statusMessage", "status_message")


def _read_prompt(metadata: dict[str, Any], event: Event) -> None:
    prompt = metadata.get("prompt")
    if isinstance(prompt, dict):
        given = cast(dict[str, Any], prompt)
        event.prompt_name = str(given.get("name") or "")[:256]
        event.prompt_version = str(given.get("version") or "")[:256]


def _set_input(event: Event, value: Any) -> None:
    event.input = as_json(value)
    event.input_preview = preview(value if isinstance(value, str) else event.input)


def _set_output(event: Event, value: Any) -> None:
    event.output = as_json(value)
    event.output_preview = preview(value if isinstance(value, str) else event.output)


def _keep(fields: Fields, event: Event, *names: str) -> None:
    """Keep a value as an attribute under the first of its names, whichever one was sent."""
    value = fields.take(*names)
    if value is not None:
        event.attributes |= flatten("", {names[0]: value})


def _set_duration(fields: Fields, event: Event, *names: str) -> None:
    duration_us = fields.duration_us(*names)
    if duration_us is not None and event.end_us is None:
        set_end(event, event.start_us + duration_us)


def _read_usage(fields: Fields, event: Event, *required: str) -> None:
    for kind, names in _USAGE.items():
        count = fields.count(*names, required=kind in required)
        if count is not None:
            event.usage[kind] = count
    event.reported_cost_usd = fields.money("costUSD", "costUsd", "cost_usd")


def _log(fields: Fields, event: Event) -> None:
    level = fields.text("level", required=True)
    event.name = level if level in LEVELS else "log"
    event.attributes["level"] = level
    _set_output(event, fields.text("message", required=True))


def _error(fields: Fields, event: Event) -> None:
    event.status = event.status or "error"
    event.status_message = fields.text("message", required=True)
    event.name = fields.short("type", code="wrong_type") or "error"
    event.output_preview = preview(event.status_message)
    stack = fields.text("stack", "stacktrace")
    if stack:
        event.attributes["exception.stacktrace"] = stack


def _span(fields: Fields, event: Event) -> None:
    event.name = fields.text("name", required=True)
    _keep(fields, event, "spanId", "span_id")
    _keep(fields, event, "parentSpanId", "parent_span_id")
    _read_times(fields, event)
    _set_input(event, fields.take("input"))
    _set_output(event, fields.take("output"))
    event.attributes |= flatten("", fields.object("attributes"))


def _read_times(fields: Fields, event: Event) -> None:
    start_us = fields.time_us("start", "startTime", "start_time", accepted_at_us=event.accepted_at_us)
    end_us = fields.time_us("end", "endTime", "end_time", accepted_at_us=event.accepted_at_us)
    event.start_us = event.start_us if start_us is None else start_us
    if end_us is not None:
        set_end(event, end_us)
    _set_duration(fields, event, "durationMs", "duration_ms", "latencyMs", "latency_ms")


def _token_usage(fields: Fields, event: Event) -> None:
    event.model_requested = event.model = fields.text("model", required=True)[:256]
    event.name = event.model
    event.provider = fields.text("provider")[:256]
    _read_usage(fields, event, "input_tokens", "output_tokens")


def _message(fields: Fields, event: Event) -> None:
    event.name = fields.text("role", required=True)
    # Null is content too: a message that only calls tools has no words.
    content = fields.present("content")
    if event.name in ("user", "system"):
        _set_input(event, content)
    else:
        _set_output(event, content)
    event.attributes["role"] = event.name


def _model_response(fields: Fields, event: Event) -> None:
    event.model_requested = event.model = fields.text("model", required=True)[:256]
    event.name = event.model
    event.provider = fields.text("provider")[:256]
    _read_times(fields, event)
    event.first_token_us = _first_token(fields)
    sent = prompt_messages(fields.take("messages"), fields.take("prompt"), fields.take("input"))
    response = fields.take("response", "output", "completion")
    finish_reason = fields.text("finishReason", "finish_reason")
    said = response_messages(response, finish_reason)
    event.input, event.input_preview = as_json(sent or None), preview(shown_input(sent))
    event.output, event.output_preview = as_json(said or None), preview(shown_output(said))
    if finish_reason:
        event.attributes["finish_reason"] = finish_reason
    usage = Fields(fields.object("usage"), "body.usage")
    _read_usage(usage, event)
    event.attributes |= flatten("usage.", usage.rest)
    reported = fields.money("costUSD", "costUsd", "cost_usd")
    event.reported_cost_usd = event.reported_cost_usd if reported is None else reported


def _first_token(fields: Fields) -> int | None:
    """Return the time to the first token; in metadata it is a remark, and ignored where it is not a duration."""
    given = fields.duration_us(*_FIRST_TOKEN)
    if given is not None:
        return given
    metadata: object = fields.rest.get("metadata")
    if not isinstance(metadata, dict):
        return None
    try:
        return Fields(cast(dict[str, Any], metadata), "body.metadata").duration_us(*_FIRST_TOKEN)
    except Refused:
        return None


def _agent_action(fields: Fields, event: Event) -> None:
    event.name = fields.text("action", required=True)
    event.agent_name = fields.text("agentName", "agent_name")[:256]
    event.step_index = fields.integer("stepIndex", "step_index")
    _read_times(fields, event)
    _set_input(event, fields.take("input"))
    _set_output(event, fields.take("output"))
    _keep(fields, event, "reasoning")
    _keep(fields, event, "state")
    _keep(fields, event, "statePatch", "state_patch")


def _tool_call(fields: Fields, event: Event) -> None:
    event.name = event.tool_name = fields.text("toolName", "tool_name", required=True)[:256]
    _read_times(fields, event)
    _set_input(event, fields.take("arguments", "input"))
    _set_output(event, fields.take("result", "output"))


def _retrieval(fields: Fields, event: Event) -> None:
    event.name = "retrieval"
    _read_times(fields, event)
    _set_input(event, fields.text("query", required=True))
    _set_output(event, fields.take("results"))
    dimensions = fields.count("vectorDimensions", "vector_dimensions")
    if dimensions is not None:
        event.attributes["vector_dimensions"] = str(dimensions)


def _eval_metric(fields: Fields, event: Event) -> None:
    event.name = fields.text("metric", "name", required=True)
    value, label = fields.number("value"), fields.text("label")
    if value is not None:
        event.attributes["score.value"] = repr(value)
    if label:
        event.attributes["score.label"] = label
    _set_output(event, label or value)
    suite = fields.text("suiteId", "suite_id")
    if suite:
        event.attributes["suite_id"] = suite
    comment = fields.text("comment")
    if comment:
        event.attributes["comment"] = comment


def _custom(fields: Fields, event: Event) -> None:
    event.name = fields.text("name", required=True)
    _read_times(fields, event)
    _set_output(event, fields.take("payload"))


_READERS: Final[dict[EventType, Reader]] = {
    "log": _log,
    "error": _error,
    "span": _span,
    "token_usage": _token_usage,
    "message": _message,
    "model_response": _model_response,
    "agent_action": _agent_action,
    "tool_call": _tool_call,
    "retrieval": _retrieval,
    "eval_metric": _eval_metric,
    "custom": _custom,
}
