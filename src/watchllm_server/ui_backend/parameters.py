"""Reads the parameters that every list shares; it never guesses what was meant."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final

import msgspec
from fastapi import Query, Request

from watchllm_server.errors import BadRequest, NotAcceptable, NotFound
from watchllm_server.model.filter_reading import read_time_us
from watchllm_server.model.ids import MAX_ID_BYTES
from watchllm_server.model.times import to_rfc3339

DAY_US: Final = 24 * 3_600 * 1_000_000
# A year and a month of comparison; a longer read would only run into the limits of a query.
MAX_RANGE_US: Final = 400 * DAY_US
# 2200-01-01, the end of what the event store can compare with.
MAX_TIME_US: Final = 7_258_118_400 * 1_000_000
MAX_LIMIT: Final = 1_000
_FIRST_PRINTABLE: Final = " "
_DELETE: Final = "\x7f"

From = Annotated[str | None, Query(alias="from", description="RFC 3339; default 24 hours before `to`.")]
To = Annotated[str | None, Query(alias="to", description="RFC 3339, exclusive; default now.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows of one page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before, with the same query.")]
Filter = Annotated[
    str | None, Query(description='JSON: {"and": [{"field", "op", "value"} | {"or": […]} | {"not": …}]}')
]


class TimeRange(msgspec.Struct, frozen=True):
    """What is read, [from, to), and what was changed about what was asked for."""

    from_us: int
    to_us: int
    note: str | None = None


def refuse_repeated(request: Request) -> None:
    """Raise BadRequest when a query parameter is given twice: which one was meant cannot be known."""
    names = [name for name, _ in request.query_params.multi_items()]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise BadRequest(f"the parameter {repeated[:64]} is given more than once", code="bad_parameter")


def refuse_unacceptable(request: Request, produced: Collection[str]) -> None:
    """Raise NotAcceptable when the Accept header names types, and what the route produces is none of them."""
    accepted = request.headers.get("accept", "")
    ranges = {part.partition(";")[0].strip().lower() for part in accepted.split(",")} - {""}
    wholes = {f"{one.partition('/')[0]}/*" for one in produced}
    if ranges and not ranges & {*produced, *wholes, "*/*"}:
        raise NotAcceptable(f"this route answers in {' or '.join(produced)}")


def read_range(
    from_text: str | None, to_text: str | None, *, default_to_us: int, default_from_us: int | None = None
) -> TimeRange:
    """Return the range; 24 hours up to `to` unless given. Raises BadRequest with code `bad_time_range`."""
    to_us = default_to_us if to_text is None else _time("to", to_text)
    if from_text is not None:
        from_us = _time("from", from_text)
    else:
        from_us = to_us - DAY_US if default_from_us is None else default_from_us
    if from_us >= to_us:
        raise BadRequest("from must be before to (which is now, unless given)", code="bad_time_range")
    if to_us - from_us > MAX_RANGE_US:
        return TimeRange(to_us - MAX_RANGE_US, to_us, "the range was cut to the last 400 days before `to`")
    return TimeRange(from_us, to_us)


def range_fields(span: TimeRange) -> dict[str, str | None]:
    """Return what every answer says of the range that was read."""
    return {"from": to_rfc3339(span.from_us), "to": to_rfc3339(span.to_us), "note": span.note}


def checked_id(text: str) -> str:
    """Return an id that an object may have; raises NotFound for what can be none."""
    is_printable = all(_FIRST_PRINTABLE <= char != _DELETE for char in text)
    if not is_printable or not 1 <= len(text.encode(errors="replace")) <= MAX_ID_BYTES:
        raise NotFound("there is no such object in this project")
    return text


def _time(name: str, text: str) -> int:
    try:
        us = read_time_us(text)
    except ValueError:
        us = -1
    if not 0 <= us < MAX_TIME_US:
        raise BadRequest(
            f"{name} must be RFC 3339 with a zone, such as 2026-01-31T12:00:00Z (a + is written %2B in a URL),"
            " from 1970 to 2199",
            code="bad_time_range",
        )
    return us
