"""Makes an event of what a helper was given: its time, its place in a trace, and copies of its values."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ParamSpec, TypedDict, cast

from watchllm import _notices
from watchllm._entry import Entry
from watchllm._process import active_client
from watchllm._scope import current_scope_var, scope_from
from watchllm._spans import current_span_var
from watchllm._values import clean_id, freeze, text_of

_P = ParamSpec("_P")

# Thirty years; beyond, a start time would lie before every date that the server takes.
MAX_LATENCY_MS = 1e12
# Types that mean something without a span around them.
_OWN_TRACE = frozenset({"span", "model_response", "tool_call", "agent_action", "retrieval"})


class Envelope(TypedDict, total=False):
    """What any event may say about itself; what is left out comes from the span and the `context()` around it."""

    event_id: str
    trace_id: str
    parent_event_id: str
    timestamp: datetime | float
    session_id: str
    user_id: str
    environment: str
    release: str
    tags: Iterable[str]


_ENVELOPE = frozenset(Envelope.__annotations__)


def sends(function: Callable[_P, str]) -> Callable[_P, str]:
    """Make a public function return "" where it would raise, and at once where nothing is sent anyway."""
    name = function.__name__

    @functools.wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> str:
        try:
            return "" if active_client() is None else function(*args, **kwargs)
        except Exception as problem:
            _notices.fault(name, problem)
            return ""

    return guarded


def send_event(type: str, body: Mapping[str, Any], envelope: Mapping[str, Any], latency_ms: object = None) -> str:
    """Queue an event of `type` with the body's values that are not None; returns its id, "" when not accepted."""
    client = active_client()
    if client is None:
        return ""
    if not client.outbox.has_room():
        client.say_full()
        return ""
    if unknown := envelope.keys() - _ENVELOPE:
        _notices.warn(f"unknown:{type}", f"watchllm ignored unknown arguments: {', '.join(sorted(unknown))}")
    trace_id, parent_id = _place(type, envelope, client.new_id)
    event_id = clean_id(envelope.get("event_id")) or client.new_id()
    if not client.keeps(trace_id or event_id):
        return ""
    wall_ns = _wall_ns(envelope.get("timestamp"))
    if wall_ns is None:
        # A finished call is reported at its end, and its time is its start.
        wall_ns = client.clock.wall_ns() - _nanoseconds(latency_ms)
    frozen: dict[str, Any] = {}
    size = 0
    for key, value in body.items():
        copied, cost = (None, 0) if value is None else freeze(value)
        if copied is not None:
            frozen[key] = copied
            size += cost
    scope = current_scope_var.get()
    if envelope:
        scope = scope_from({key: envelope[key] for key in envelope.keys() & _ENVELOPE}).inside(scope)
    entry = Entry(text_of(type), event_id, trace_id, parent_id, wall_ns, None, scope, frozen, size)
    return event_id if client.capture(entry) else ""


def _place(type: str, envelope: Mapping[str, Any], new_id: Callable[[], str]) -> tuple[str, str]:
    """Return the trace and the parent of an event: as given, else those of the span around it."""
    trace_id, parent_id = clean_id(envelope.get("trace_id")), clean_id(envelope.get("parent_event_id"))
    around = current_span_var.get()
    if around is not None and around.event_id and trace_id in ("", around.trace_id):
        return around.trace_id, parent_id or around.event_id
    if not trace_id and type in _OWN_TRACE:
        trace_id = new_id()
    return trace_id, parent_id


def _wall_ns(timestamp: object) -> int | None:
    if timestamp is None:
        return None
    if isinstance(timestamp, datetime):
        # In two parts: the float of a whole timestamp has no exact microseconds.
        return int(timestamp.replace(microsecond=0).timestamp()) * 1_000_000_000 + timestamp.microsecond * 1000
    return int(float(cast(Any, timestamp)) * 1e9)


def _nanoseconds(latency_ms: object) -> int:
    if isinstance(latency_ms, (int, float)) and 0 <= latency_ms < MAX_LATENCY_MS:
        return int(latency_ms * 1e6)
    return 0
