"""Reads bodies with the formats as the server does: names at acceptance, then events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import orjson

from watchllm_server.dialects.contract import Accepted, Format, Limits, Named
from watchllm_server.dialects.native import NativeJson
from watchllm_server.dialects.otlp import OtlpTracesJson, OtlpTracesProtobuf
from watchllm_server.model.event import Event, Rejection, UnreadableEvent
from watchllm_server.model.times import from_rfc3339

PROJECT: Final = "proj_1"
NOW_US: Final = from_rfc3339("2026-11-20T12:00:00Z")
NOW_NS: Final = NOW_US * 1_000
LIMITS: Final = Limits()
NATIVE: Final = NativeJson()
PROTOBUF: Final = OtlpTracesProtobuf()
JSON: Final = OtlpTracesJson()


def names_of(form: Format, body: bytes, limits: Limits = LIMITS) -> Named:
    """Validate a body; ids that are made are `made-1`, `made-2` and so on."""
    numbers = count(1)
    return form.read_names(
        body, project_id=PROJECT, now_us=NOW_US, limits=limits, new_id=lambda: f"made-{next(numbers)}"
    )


def results_of(form: Format, body: bytes, named: Named, limits: Limits = LIMITS) -> list[Event | UnreadableEvent]:
    """Map what was accepted, under version 7."""
    accepted = Accepted(project_id=PROJECT, event_ids=named.event_ids, accepted_at_us=NOW_US, sequence=7)
    return form.read_events(body, accepted=accepted, limits=limits)


def events_of(form: Format, body: bytes, limits: Limits = LIMITS) -> list[Event]:
    """Accept a body whole and map it."""
    named = names_of(form, body, limits)
    assert not named.rejected
    results = results_of(form, body, named, limits)
    events = [result for result in results if isinstance(result, Event)]
    assert len(events) == len(results) == len(named.event_ids)
    return events


def native_event(envelope: Mapping[str, Any], limits: Limits = LIMITS) -> Event:
    """Return the event that an envelope becomes."""
    (event,) = events_of(NATIVE, orjson.dumps(envelope), limits)
    return event


def native_refusal(envelope: object, limits: Limits = LIMITS) -> Rejection:
    """Return why an envelope is refused."""
    # Not by orjson: it writes no integer beyond 64 bits.
    named = names_of(NATIVE, json.dumps([envelope]).encode(), limits)
    assert named.event_ids == []
    (rejection,) = named.rejected
    return rejection


def typed(kind: str, **body: Any) -> dict[str, Any]:
    """Return the smallest envelope of a type around a body."""
    return {"eventId": "e1", "type": kind, "body": body}
