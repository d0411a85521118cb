"""A cursor opens the query that it was made for, and no other."""

from __future__ import annotations

import pytest

from watchllm_server.clock import ManualClock
from watchllm_server.errors import BadRequest
from watchllm_server.model.times import from_rfc3339
from watchllm_server.security.tokens import Signer
from watchllm_server.ui_backend.cursors import LIFETIME_US, Cursors
from watchllm_server.ui_backend.parameters import TimeRange

KEY = b"k" * 32
FROM, TO = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
RANGE = TimeRange(from_rfc3339(FROM), from_rfc3339(TO))
AFTER = ("123", "trace")


def cursors(
    clock: ManualClock | None = None, project_id: str = "p", route: str = "traces", sort: str = "-start_time"
) -> Cursors:
    return Cursors(Signer(KEY), clock or ManualClock(), project_id=project_id, route=route, query={"sort": sort})


def refused(other: Cursors, cursor: str, from_text: str | None = FROM, to_text: str | None = TO) -> bool:
    with pytest.raises(BadRequest) as caught:
        other.open_page(cursor, from_text, to_text)
    return caught.value.code == "bad_cursor"


def test_a_cursor_gives_back_its_place_and_range() -> None:
    cursor = cursors().make(RANGE, AFTER)
    assert cursors().open_page(cursor, FROM, TO) == (RANGE, AFTER)


def test_a_default_range_stays_that_of_the_first_page() -> None:
    clock = ManualClock()
    first, after = cursors(clock).open_page(None, None, None)
    assert after is None
    cursor = cursors(clock).make(first, AFTER)
    clock.advance(60)
    assert cursors(clock).open_page(cursor, None, None) == (first, AFTER)
    assert cursors(clock).open_page(None, None, None)[0] != first


def test_a_cursor_does_not_open_another_project_route_query_or_range() -> None:
    cursor = cursors().make(RANGE, AFTER)
    assert refused(cursors(project_id="q"), cursor)
    assert refused(cursors(route="events"), cursor)
    assert refused(cursors(sort="start_time"), cursor)
    assert refused(cursors(), cursor, from_text="2026-01-01T00:00:01Z")
    assert refused(cursors(), cursor, to_text="2026-01-02T00:00:01Z")


def test_a_cursor_altered_anywhere_is_refused() -> None:
    cursor = cursors().make(RANGE, AFTER)
    for at in range(len(cursor)):
        altered = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        assert refused(cursors(), altered)
    for other in ("", "x", cursor[:-1], cursor + "A", cursor + "=", f" {cursor}", "é", "\0", "A" * 10_000):
        assert refused(cursors(), other)


def test_a_cursor_of_another_key_is_refused() -> None:
    forged = Cursors(Signer(b"x" * 32), ManualClock(), project_id="p", route="traces", query={"sort": "-start_time"})
    assert refused(cursors(), forged.make(RANGE, AFTER))


def test_a_cursor_expires() -> None:
    clock = ManualClock()
    cursor = cursors(clock).make(RANGE, AFTER)
    clock.advance(LIFETIME_US / 1_000_000 - 1)
    assert cursors(clock).open_page(cursor, FROM, TO) == (RANGE, AFTER)
    clock.advance(1)
    assert refused(cursors(clock), cursor)


def test_there_is_no_cursor_without_a_next_page() -> None:
    assert cursors().next(RANGE, None) is None
