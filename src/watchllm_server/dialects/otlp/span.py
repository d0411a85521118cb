"""One span as every OTLP encoding is decoded to it: plain Python values, ids in hex."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import msgspec
import orjson

USER_KEYS: Final = ("user.id", "enduser.id")
ENVIRONMENT_KEYS: Final = ("deployment.environment.name", "deployment.environment")

_UNSET: Final = (bytes(16), bytes(8), "0" * 32, "0" * 16)


class SpanEvent(msgspec.Struct, gc=False):
    """A point in time inside a span, such as an exception."""

    name: str
    time_ns: int
    attributes: dict[str, Any]


class Resource(msgspec.Struct, dict=True):
    """What the spans of one exporter share: resource attributes and the instrumentation scope."""

    attributes: dict[str, Any]
    scope_name: str = ""
    scope_version: str = ""

    @cached_property
    def kept(self) -> dict[str, str]:
        """The attributes as every event of the resource keeps them; made once for all its spans."""
        return {f"resource.{key}": as_text(value) for key, value in self.attributes.items()}

    @cached_property
    def defaults(self) -> tuple[str, str, str, str]:
        """Session, end user, environment and release, for spans that say none of their own."""
        given = self.attributes
        return (
            first_text(given, "session.id")[:256],
            first_text(given, *USER_KEYS)[:256],
            first_text(given, *ENVIRONMENT_KEYS)[:64],
            first_text(given, "service.version")[:64],
        )


class Span(msgspec.Struct, gc=False):
    """A span. Ids are lower-case hex, "" for none; `problem` is (code, message) when it must be refused."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    status_code: int
    status_message: str
    events: list[SpanEvent]
    links: list[dict[str, Any]]
    resource: Resource
    trace_state: str = ""
    dropped_attributes: int = 0

    @property
    def event_id(self) -> str:
        return self.trace_id + self.span_id


def as_text(value: Any) -> str:
    """Return an attribute's value: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
    except TypeError:
        # An integer of more than 64 bits, or nesting beyond what the encoder takes.
        return str(value)


def first_text(attributes: dict[str, Any], *keys: str) -> str:
    """Return the first of the attributes that is a text and not empty, or a number as text."""
    for key in keys:
        if key not in attributes:
            continue
        value = attributes[key]
        if isinstance(value, str):
            if value:
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def problem_of(trace_id: bytes | str, span_id: bytes | str) -> tuple[str, str] | None:
    """Return why the ids of a span are refused, or None: 16 and 8 bytes, as bytes or hex, not all zero."""
    unit = 1 if isinstance(trace_id, bytes) else 2
    if len(trace_id) != 16 * unit or trace_id in _UNSET:
        return "bad_trace_id", "a trace id must be 16 bytes and not all zero"
    if len(span_id) != 8 * unit or span_id in _UNSET:
        return "bad_span_id", "a span id must be 8 bytes and not all zero"
    return None
