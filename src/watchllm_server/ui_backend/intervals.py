"""Into which intervals a range of time is cut for a chart."""

from __future__ import annotations

import math
from typing import Final, Literal

from watchllm_server.errors import BadRequest
from watchllm_server.model.times import MICROSECONDS, to_rfc3339
from watchllm_server.ui_backend.parameters import TimeRange

Interval = Literal["auto", "1m", "5m", "15m", "1h", "6h", "1d"]
_SECONDS: Final[dict[Interval, int]] = {
    "1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "6h": 21_600, "1d": 86_400,
}  # fmt: skip
# As many bars as a chart of a screen's width shows apart.
_BARS: Final = 60


def interval_seconds(interval: Interval, span: TimeRange, *, most: int) -> int:
    """Return the length of the intervals. Raises BadRequest when there would be more than `most`."""
    length_s = (span.to_us - span.from_us) / MICROSECONDS
    if interval == "auto":
        return min(_SECONDS.values(), key=lambda seconds: abs(math.log(length_s / seconds / _BARS)))
    seconds = _SECONDS[interval]
    if length_s / seconds > most:
        raise BadRequest(
            f"intervals of {interval} would be more than {most}; take longer ones or a shorter range",
            code="bad_parameter",
        )
    return seconds


def interval_times(span: TimeRange, seconds: int) -> list[str]:
    """Return when each interval begins; they are counted from 1970, so the first may begin before the range."""
    length_us = seconds * MICROSECONDS
    first = span.from_us // length_us
    return [to_rfc3339(number * length_us) for number in range(first, (span.to_us - 1) // length_us + 1)]
