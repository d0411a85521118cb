"""Sends single events: one function for each of the eleven types, and one for any of them.

An event sent inside a span is its child. A model call, tool call, agent action or retrieval outside any span
is a trace of its own; other events outside any span belong to no trace.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Unpack

from watchllm import _notices
from watchllm._capture import MAX_LATENCY_MS, Envelope, send_event, sends
from watchllm._failure import message_of, stack_of
from watchllm._prompts import mark_of
from watchllm._usage import read_usage
from watchllm._values import MAX_VALUE_BYTES as MAX_MESSAGE_CHARS
from watchllm._values import clean_id, freeze, text_of

_LEVELS = {
    "debug": "debug",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "critical": "error",
    "fatal": "error",
}


@sends
def capture_event(type: str, body: Mapping[str, Any], **envelope: Unpack[Envelope]) -> str:
    """Send one event of any type with the body as the server's API names it; returns its id, "" when not sent.

    The values are copied now. `timestamp` is a datetime or seconds since 1970; without it, now.
    """
    return send_event(type, dict(body), envelope)


@sends
def model_response(
    model: str,
    *,
    prompt: str | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    response: Any = None,
    usage: Any = None,
    provider: str | None = None,
    latency_ms: float | None = None,
    finish_reason: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one finished call of a model; use `model_call` to have its time measured.

    `usage` is a mapping such as `{"inputTokens": 9, "outputTokens": 3}`, or the usage object of the OpenAI or
    Anthropic client. Input counts cached tokens, output counts reasoning.
    """
    mark = mark_of(prompt) or mark_of(messages)
    if mark is not None:
        metadata = {"prompt": mark, **(metadata or {})}
    body = {
        "model": text_of(model),
        "prompt": prompt,
        "messages": messages,
        "response": response,
        "usage": None if usage is None else read_usage(freeze(usage)[0]),
        "provider": _said(provider),
        "latencyMs": _duration(latency_ms),
        "finishReason": _said(finish_reason),
        "metadata": metadata,
    }
    return send_event("model_response", body, envelope, latency_ms)


@sends
def tool_call(
    name: str,
    *,
    arguments: Any = None,
    result: Any = None,
    latency_ms: float | None = None,
    error: BaseException | str | None = None,
    metadata: Mapping[str, Any] | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one finished call of a tool; use `tool` to have its time measured."""
    body = {
        "toolName": text_of(name),
        "arguments": arguments,
        "result": result,
        "latencyMs": _duration(latency_ms),
        "status": None if error is None else "error",
        "statusMessage": message_of(error) if isinstance(error, BaseException) else _said(error),
        "metadata": metadata,
    }
    return send_event("tool_call", body, envelope, latency_ms)


@sends
def agent_action(
    action: str,
    *,
    name: str | None = None,
    input: Any = None,
    output: Any = None,
    reasoning: str | None = None,
    step_index: int | None = None,
    state: Mapping[str, Any] | None = None,
    state_patch: Any = None,
    metadata: Mapping[str, Any] | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one finished action of the agent `name`; use `agent` to have children and a duration."""
    body = {
        "action": text_of(action),
        "agentName": _said(name),
        "input": input,
        "output": output,
        "reasoning": reasoning,
        "stepIndex": step_index,
        "state": state,
        "statePatch": state_patch,
        "metadata": metadata,
    }
    return send_event("agent_action", body, envelope)


@sends
def retrieval(
    query: str,
    results: Iterable[Mapping[str, Any] | str] | None = None,
    *,
    vector_dimensions: int | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one search; a result is `{"id", "score", "text", "metadata"}`, or its text alone."""
    found = None if results is None else [{"text": one} if isinstance(one, str) else one for one in results]
    return send_event(
        "retrieval", {"query": _said(query), "results": found, "vectorDimensions": vector_dimensions}, envelope
    )


@sends
def log(
    message: str, *, level: str = "info", metadata: Mapping[str, Any] | None = None, **envelope: Unpack[Envelope]
) -> str:
    """Send one log line; `level` is debug, info, warn or error, or a name of Python's logging."""
    known = _LEVELS.get(text_of(level).lower(), "info")
    return send_event("log", {"level": known, "message": _said(message), "metadata": metadata}, envelope)


@sends
def error(
    problem: BaseException | str,
    *,
    type: str | None = None,
    stack: str | None = None,
    fingerprint: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one error, from an exception or in words. The exception is read, not kept."""
    message = text_of(problem, MAX_MESSAGE_CHARS)
    if isinstance(problem, BaseException):
        type = type or problem.__class__.__name__
        stack = stack or stack_of(problem)
        message = message or type
    body = {
        "message": message,
        "type": None if type is None else clean_id(type),
        "stack": _said(stack),
        "fingerprint": fingerprint,
        "metadata": metadata,
    }
    return send_event("error", body, envelope)


@sends
def message(
    role: Literal["user", "system", "assistant", "tool"],
    content: Any,
    *,
    metadata: Mapping[str, Any] | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one turn of a conversation."""
    return send_event(
        "message",
        {"role": clean_id(role), "content": "" if content is None else content, "metadata": metadata},
        envelope,
    )


@sends
def token_usage(
    model: str,
    *,
    input_tokens: int = 0,
    output_tokens: int = 0,
    cache_read_tokens: int | None = None,
    cache_write_tokens: int | None = None,
    reasoning_tokens: int | None = None,
    provider: str | None = None,
    cost_usd: float | str | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send the usage of a model call that was sent without one; inside `model_call` it becomes that call's."""
    body = {
        "model": text_of(model),
        "inputTokens": input_tokens,
        "outputTokens": output_tokens,
        "cacheReadTokens": cache_read_tokens,
        "cacheWriteTokens": cache_write_tokens,
        "reasoningTokens": reasoning_tokens,
        "provider": _said(provider),
        "costUSD": cost_usd,
    }
    return send_event("token_usage", body, envelope)


@sends
def eval_metric(
    metric: str,
    value: float | bool | None = None,
    *,
    label: str | None = None,
    suite_id: str | None = None,
    comment: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    **envelope: Unpack[Envelope],
) -> str:
    """Send one score: a number or a label, on the span around it or on `parent_event_id` of `trace_id`."""
    if value is not None and not math.isfinite(value):
        # A judge that failed gives such numbers. The score stays visible, and out of every average.
        label, value = label or str(value), None
    body = {
        "metric": text_of(metric),
        "value": float(value) if isinstance(value, bool) else value,
        "label": _said(label),
        "suiteId": _said(suite_id),
        "comment": _said(comment),
        "metadata": metadata,
    }
    return send_event("eval_metric", body, envelope)


def _said(value: object) -> str | None:
    """Return a text for what the server takes as text only; a whole event is worth more than its type hints."""
    return value if value is None or isinstance(value, str) else text_of(value)


def _duration(latency_ms: object) -> float | None:
    if latency_ms is None or (isinstance(latency_ms, (int, float)) and 0 <= latency_ms < MAX_LATENCY_MS):
        return latency_ms
    _notices.warn("latency", "watchllm left out a latency that is not a number of milliseconds ≥ 0")
    return None


# A score is what people call it; `eval_metric` is the name of its type.
score = eval_metric


@sends
def custom(name: str, payload: Any = None, **envelope: Unpack[Envelope]) -> str:
    """Send one event of your own making."""
    return send_event("custom", {"name": text_of(name), "payload": payload}, envelope)
