"""The conditions on (project, hour, trace) that summaries and figures are sorted by, for one span of time."""

from __future__ import annotations

from typing import Any, Final

from watchllm_server.stores.events.filters import storable_us
from watchllm_server.stores.events.spans import Span

_HOUR_S: Final = 3_600
_MAX_BUCKET: Final = 2**32 - 1


def span_parameters(project_id: str, span: Span) -> dict[str, Any]:
    """Return the parameters that `keys_of` and conditions on times name."""
    return {
        "project": project_id,
        "low": storable_us(span.low_us),
        "high": storable_us(span.high_us),
        "low_bucket": bucket_of(span.low_us),
        "high_bucket": bucket_of(span.high_us),
    }


def keys_of(span: Span) -> str:
    """Return the condition on the sorting key alone: what FINAL must merge is cut by it."""
    hours = "(bucket >= toDateTime({low_bucket:UInt32}, 'UTC') AND bucket <= toDateTime({high_bucket:UInt32}, 'UTC'))"
    if not span.with_earlier:
        return hours
    # Any version of a row may name the key here (no FINAL: the index over end times prunes to the few long
    # traces); the newest version is then read by key and checked again.
    return f"""({hours} OR (bucket, trace_id) IN (
        SELECT bucket, trace_id FROM traces
        WHERE project_id = {{project:String}} AND bucket <= toDateTime({{low_bucket:UInt32}}, 'UTC')
            AND start_time < fromUnixTimestamp64Micro({{low:Int64}}, 'UTC')
            AND end_time >= fromUnixTimestamp64Micro({{low:Int64}}, 'UTC')))"""


def times_of(span: Span) -> str:
    """Return the condition that a trace was running in the span."""
    lower = "end_time" if span.with_earlier else "start_time"
    return (
        "start_time < fromUnixTimestamp64Micro({high:Int64}, 'UTC')"
        f" AND {lower} >= fromUnixTimestamp64Micro({{low:Int64}}, 'UTC')"
    )


def bucket_of(us: int) -> int:
    """Return the hour of a time as the store's DateTime, which ends in 2106."""
    seconds = us // 1_000_000
    return min(max(seconds - seconds % _HOUR_S, 0), _MAX_BUCKET)
