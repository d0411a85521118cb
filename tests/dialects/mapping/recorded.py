"""One span as an emitter sends it, and the event that it must become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson
import pytest
from tests.dialects.requests import span_events

from watchllm_server.model.event import Event


class Recorded(msgspec.Struct, kw_only=True):
    """A span, and what is expected of its event: fields by name; `input` and `output` decoded from their JSON."""

    id: str
    name: str = "a span"
    scope: str = ""
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any] = {}
    events: Sequence[tuple[str, Mapping[str, Any]]] = ()
    # Attributes that became input or output, and are not kept twice.
    read: Sequence[str] = ()
    expected: Mapping[str, Any]


def cases(*recorded: Recorded) -> pytest.MarkDecorator:
    """Run a test once for each span."""
    return pytest.mark.parametrize("recorded", [pytest.param(one, id=one.id) for one in recorded])


def event_of(recorded: Recorded) -> Event:
    """Return the event, which both encodings of OTLP agree on."""
    span = {"name": recorded.name, "attributes": recorded.attributes, "events": recorded.events}
    (event,) = span_events(span, scope=(recorded.scope, "1.0"), resource=recorded.resource)
    return event


def check(recorded: Recorded) -> None:
    """Map the span and compare; whatever was not read must be kept."""
    event = event_of(recorded)
    assert event.notes == []
    assert {name: _shown(event, name) for name in recorded.expected} == recorded.expected
    assert {key for key in recorded.attributes if key not in event.attributes} == set(recorded.read)


def _shown(event: Event, name: str) -> Any:
    value = getattr(event, name)
    return orjson.loads(value) if name in ("input", "output") and value else value


def as_text(value: Any) -> str:
    """Return a value as the JSON text in which emitters put it."""
    return orjson.dumps(value).decode()


def said(role: str, content: str, **more: Any) -> dict[str, Any]:
    """Return a canonical message of one text."""
    return {"role": role, "parts": [{"type": "text", "content": content}], **more}


def calling(name: str, arguments: Any, call_id: str = "", **more: Any) -> dict[str, Any]:
    """Return the canonical message of a model that calls one tool."""
    call = {"type": "tool_call", "name": name, "arguments": arguments, **({"id": call_id} if call_id else {})}
    return {"role": "assistant", "parts": [call], **more}
