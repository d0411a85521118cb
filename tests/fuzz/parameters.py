"""Query strings as a target: times, ranges, ids and cursors of any text; only what was given out opens again."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import Request

from tests.dialects.reading import NOW_US
from tests.fuzz.refusals import refused_or
from watchllm_server.clock import ManualClock
from watchllm_server.model.times import from_rfc3339, to_rfc3339
from watchllm_server.security.tokens import Signer
from watchllm_server.ui_backend.cursors import Cursors
from watchllm_server.ui_backend.parameters import (
    MAX_RANGE_US,
    MAX_TIME_US,
    TimeRange,
    checked_id,
    read_range,
    refuse_repeated,
)

_CLOCK: Final = ManualClock(NOW_US)
_SIGNER: Final = Signer(b"the signing key of the fuzz target")
_CURSORS: Final = Cursors(_SIGNER, _CLOCK, project_id="p", route="events", query={"sort": "-start_time"})
# Of another project: nothing that it makes may open here.
_OTHERS: Final = Cursors(_SIGNER, _CLOCK, project_id="q", route="events", query={"sort": "-start_time"})
_PURPOSE: Final = orjson.dumps(["cursor", "p", "events", {"sort": "-start_time"}]).decode()
_DAY: Final = TimeRange(NOW_US - 86_400_000_000, NOW_US)


def run_query(data: bytes) -> None:
    """Read a query string as the lists do."""
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": data})
    values = [value for _, value in request.query_params.multi_items()]
    refused_or(lambda: refuse_repeated(request), values)
    given = dict(request.query_params.multi_items())
    from_text, to_text, cursor = given.get("from"), given.get("to"), given.get("cursor")
    span = refused_or(lambda: read_range(from_text, to_text, default_to_us=NOW_US), values)
    if span is not None:
        _check_range(span)
    if cursor is not None:
        assert refused_or(lambda: _CURSORS.open_page(cursor, from_text, to_text), values) is None
    for value in values:
        _check_value(value)


def _check_range(span: TimeRange) -> None:
    assert 0 <= span.to_us - span.from_us <= MAX_RANGE_US
    assert span.from_us < span.to_us < MAX_TIME_US
    if span.from_us >= 0:
        assert from_rfc3339(to_rfc3339(span.from_us)) == span.from_us
    assert from_rfc3339(to_rfc3339(span.to_us)) == span.to_us


def _check_value(text: str) -> None:
    """Take one value as an id, as the place of a cursor, and as what somebody signed."""
    if refused_or(lambda: checked_id(text), [text]) is not None:
        assert 1 <= len(text.encode(errors="replace")) <= 256
    # An answer may carry it back.
    orjson.dumps({"value": text.encode(errors="replace").decode()})
    if text.encode(errors="replace").decode() == text:
        cursor = _CURSORS.make(_DAY, (text, text))
        assert _CURSORS.open_page(cursor, None, None) == (_DAY, (text, text))
        assert refused_or(lambda: _OTHERS.open_page(cursor, None, None)) is None
        assert refused_or(lambda: _CURSORS.read(_altered(cursor))) is None
    assert refused_or(lambda: _CURSORS.read(text)) is None
    # Rightly signed and not of this form: as after a change of version.
    refused_or(lambda: _CURSORS.read(_SIGNER.sign(_PURPOSE, text.encode(errors="replace"))))


def _altered(cursor: str) -> str:
    """Return the cursor with the case of its last letter, or its first character, changed."""
    place = next((at for at in range(len(cursor) - 1, -1, -1) if cursor[at].isalpha()), 0)
    changed = cursor[place].swapcase() if cursor[place].isalpha() else "A"
    return cursor[:place] + changed + cursor[place + 1 :]
