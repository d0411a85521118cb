"""Compares what came back with what the content says; it returns complaints and fetches nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import msgspec

from tests.oracle.bodies import ENVIRONMENT, KINDS_WITHOUT_DURATION, NATIVE_TYPES, OTLP_TYPES, RELEASE
from tests.oracle.content import Expected
from tests.oracle.record import WireFormat
from watchllm_server.model.times import to_rfc3339

Json = dict[str, Any]
_MARK = "oracle "


def row_complaints(expected: Expected, wire_format: WireFormat, row: Json) -> list[str]:
    """Compare an event of a list: identity, place in the trace, usage and cost, but no texts."""
    wanted: Json = {
        "trace_id": expected.trace_id,
        "parent_event_id": expected.parent_event_id or None,
        "type": (NATIVE_TYPES if wire_format == "native" else OTLP_TYPES)[expected.kind],
        "status": "ok",
        "session_id": expected.session_id,
        "user_id": expected.user_id,
        "environment": ENVIRONMENT,
        "release": RELEASE,
        "model": expected.model,
        "start_time": to_rfc3339(expected.start_us),
        "duration_ms": expected.duration_us / 1_000,
        "usage": {"input_tokens": expected.input_tokens, "output_tokens": expected.output_tokens},
    }
    if expected.kind != "chat":
        wanted["usage"] = {}
    if wire_format == "native" and expected.kind in KINDS_WITHOUT_DURATION:
        wanted["duration_ms"] = None
    found = [_difference(expected, name, value, row.get(name)) for name, value in wanted.items()]
    if not money_equal(row.get("cost_usd"), expected.cost_usd):
        found.append(_difference(expected, "cost_usd", str(expected.cost_usd), row.get("cost_usd")))
    return [complaint for complaint in found if complaint]


def text_complaints(expected: Expected, wire_format: WireFormat, event: Json) -> list[str]:
    """Compare the texts of a whole event, byte for byte."""
    maps_texts = (wire_format == "native" and expected.kind != "note") or expected.kind not in ("step", "note")
    if maps_texts:
        sides = {"input": [expected.input_text], "output": [expected.output_text]}
        found = {side: marked_texts(event.get(side)) for side in sides}
        return [f"{expected.event_id}: {side} is not what was sent" for side in sides if found[side] != sides[side]]
    # Kept as attributes or in the raw body: where, is the dialect's business; that it is there, is ours.
    kept = set(marked_texts(event))
    missing = {expected.input_text, expected.output_text} - kept
    return [f"{expected.event_id}: {len(missing)} texts are not kept"] if missing else []


def trace_complaints(trace_id: str, expected: list[Expected], row: Json) -> list[str]:
    """Compare a trace's summary with the sum of its unique events."""
    costs = [event.cost_usd for event in expected if event.cost_usd is not None]
    wanted: Json = {
        "event_count": len(expected),
        "error_count": 0,
        "model_call_count": sum(1 for event in expected if event.kind == "chat"),
        "total_tokens": sum(event.input_tokens + event.output_tokens for event in expected),
        "models": sorted({event.model for event in expected if event.model}),
    }
    found = [
        f"trace {trace_id}: {name} is {row.get(name)!r}, not {value!r}"
        for name, value in wanted.items()
        if row.get(name) != value
    ]
    total = sum(costs, Decimal(0)) if costs else None
    if not money_equal(row.get("total_cost_usd"), total):
        found.append(f"trace {trace_id}: total_cost_usd is {row.get('total_cost_usd')!r}, not {total}")
    return found


def money_equal(said: str | None, wanted: Decimal | None) -> bool:
    """Tell whether a decimal string is the amount; None is unpriced and equals only None."""
    if said is None or wanted is None:
        return said is None and wanted is None
    return Decimal(said) == wanted


def marked_texts(value: Any) -> list[str]:
    """Return every text of ours inside a value, JSON inside texts included, in order."""
    found: list[str] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        if value.startswith(_MARK):
            found.append(value)
        elif value[:1] in ("{", "[", '"'):
            try:
                _collect(msgspec.json.decode(value), found)
            except msgspec.DecodeError:
                return
    elif isinstance(value, dict):
        for part in cast(dict[str, Any], value).values():
            _collect(part, found)
    elif isinstance(value, list):
        for part in cast(list[Any], value):
            _collect(part, found)


def _difference(expected: Expected, name: str, wanted: Any, said: Any) -> str:
    return "" if said == wanted else f"{expected.event_id}: {name} is {said!r}, not {wanted!r}"
