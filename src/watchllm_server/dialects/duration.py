"""Sets the end of an event, unless its clocks cannot be right."""

from __future__ import annotations

from typing import Final

from watchllm_server.model.event import Event

# Longer is a mixed-up unit or clock, and its end may lie beyond what the event store can compare with.
MAX_DURATION_US: Final = 90 * 24 * 3_600 * 1_000_000


def set_end(event: Event, end_us: int) -> None:
    """Set the end; an end before the start, or 90 days after it, is noted and leaves the event without one."""
    if 0 <= end_us - event.start_us <= MAX_DURATION_US:
        event.end_us = end_us
    elif "clock_problem" not in event.notes:
        event.notes.append("clock_problem")
