"""Events and summaries that the tests of reading write, through the real writer."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any, Final

from watchllm_server.model.event import Event
from watchllm_server.model.trace import HOUR_US, TraceSummary
from watchllm_server.stores.events.writer import ClickHouseWriter

# On an hour, so that tests can stand on its edges.
NOON_US: Final = 1_795_003_200 * 1_000_000
SECOND_US: Final = 1_000_000

_tokens = itertools.count()


def event(project_id: str, event_id: str, **changes: Any) -> Event:
    """Return a span of trace `t` that starts at noon."""
    fields: dict[str, Any] = {
        "trace_id": "t", "type": "span", "version": 1, "accepted_at_us": NOON_US, "start_us": NOON_US, **changes,
    }  # fmt: skip
    return Event(project_id=project_id, event_id=event_id, **fields)


def summary(project_id: str, trace_id: str, start_us: int = NOON_US, **changes: Any) -> TraceSummary:
    """Return a summary of one event that takes a second."""
    fields: dict[str, Any] = {
        "name": "agent", "status": "ok", "end_us": start_us + SECOND_US, "event_count": 1, "error_count": 0,
        "model_call_count": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": None, "unpriced_count": 0,
        "session_id": "", "user_id": "", "environment": "", "release": "", "tags": [], "models": [],
        "input_preview": "", "output_preview": "", "uncounted": {}, **changes,
    }  # fmt: skip
    return TraceSummary(project_id=project_id, trace_id=trace_id, start_us=start_us, **fields)


async def store_events(writer: ClickHouseWriter, *events: Event) -> None:
    """Store events in one insert of their own."""
    await writer.insert_events(events, f"{events[0].project_id}-{next(_tokens)}")


def varied_summaries(project_id: str) -> list[TraceSummary]:
    """Return thirty traces over two hours: ties in every column, free, unpriced, long ones from before."""
    made = [
        summary(
            project_id,
            f"trace-{at:02}",
            NOON_US + (at % 7) * 17 * 60 * SECOND_US,
            end_us=NOON_US + (at % 7) * 17 * 60 * SECOND_US + (at % 4) * SECOND_US,
            name=("plan", "Überweisung", "it's 100%_\\")[at % 3],
            status=("ok", "error", "running")[at % 3],
            event_count=at % 5 + 1,
            error_count=at % 2,
            model_call_count=at % 3,
            input_tokens=at % 4 * 10,
            output_tokens=at % 3,
            cost_usd=(None, Decimal(0), Decimal("0.05"), Decimal("12.000000000001"))[at % 4],
            user_id=f"u{at % 4}",
            session_id="" if at % 5 == 0 else f"s{at % 5}",
            environment=("", "production")[at % 2],
            tags=[["red"], ["red", "green"], []][at % 3],
            models=[["gpt-4o"], [], ["claude-sonnet-4", "gpt-4o"]][at % 3],
            input_preview=("refund please", "")[at % 2],
        )
        for at in range(24)
    ]
    long = [
        summary(project_id, f"long-{at}", NOON_US - (at + 1) * 5 * HOUR_US, end_us=NOON_US + at * SECOND_US)
        for at in range(6)
    ]
    return made + long
