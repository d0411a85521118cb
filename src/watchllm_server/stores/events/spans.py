"""Decides which part of a list's range is read next, so that a page seldom reads all of it; it never runs a query."""

from __future__ import annotations

from typing import Final

import msgspec

MINUTE_US: Final = 60 * 1_000_000
# Measured on 1.2 M traces of one project over 30 days: a page of the whole range takes 180 ms, of its first
# part 20 ms; an hour at least, since the store sorts by hours.
TRACES_PART: Final = (24, 60 * MINUTE_US)
# A trace has about ten events.
EVENTS_PART: Final = (240, 5 * MINUTE_US)
# A second part twice as wide as the first one's yield asks for: a third query costs more than its rows.
_MARGIN: Final = 2
# After a span without any row: two more queries reach the other end of a range of traces.
_GROWTH: Final = 16


class Span(msgspec.Struct, frozen=True):
    """What starts in [low, high), and with `with_earlier` also what started before low and was not over then."""

    low_us: int
    high_us: int
    with_earlier: bool = False


class Walk:
    """The spans of one page, from one end of [from, to) to the other.

    `after_us` is the start of the last row of the page before: rows with that start may still come.
    `earlier` tells whether what started before the range belongs to it too; `part` is the first span's share
    of the range and its least width.
    """

    def __init__(
        self,
        from_us: int,
        to_us: int,
        *,
        is_descending: bool,
        earlier: bool,
        part: tuple[int, int],
        after_us: int | None = None,
    ) -> None:
        self._from_us = from_us
        self._is_descending = is_descending
        share, least = part
        self._width = max(least, (to_us - from_us) // share)
        self._low, self._high = from_us, to_us
        if after_us is not None and is_descending:
            self._high = min(to_us, after_us + 1)
        elif after_us is not None:
            self._low = max(from_us, after_us)
        # What started before the range comes last in descending order, and first in ascending order.
        self._earlier_is_due = earlier and (is_descending or after_us is None or after_us < from_us)
        self._is_first = True

    def next(self, *, found: int, wanted: int) -> Span | None:
        """Return the next span, or None when all were given.

        `found` is how many rows the spans so far have given, of the `wanted` ones.
        """
        left = self._high - self._low
        if left <= 0:
            return self._only_earlier()
        if not self._is_first:
            self._width = self._width * wanted * _MARGIN // found if found else self._width * _GROWTH
        # The first span is cheap and mostly enough; after it, a small remainder is not worth another query.
        takes_all = self._width * _MARGIN > left and not self._is_first
        width = left if takes_all else min(self._width, left)
        self._is_first = False
        if not self._is_descending:
            span = Span(self._low, self._low + width, self._earlier_is_due)
            self._low += width
            self._earlier_is_due = False
            return span
        span = Span(self._high - width, self._high, takes_all and self._earlier_is_due)
        self._high -= width
        self._earlier_is_due = self._earlier_is_due and not takes_all
        return span

    def _only_earlier(self) -> Span | None:
        if not self._earlier_is_due:
            return None
        self._earlier_is_due = False
        return Span(self._from_us, self._high, with_earlier=True)


class Whole:
    """The whole range at once, for an order by anything but time: only the whole knows its largest."""

    def __init__(self, from_us: int, to_us: int) -> None:
        self._span: Span | None = Span(from_us, to_us, with_earlier=True)

    def next(self, *, found: int, wanted: int) -> Span | None:
        """Return the one span, then None."""
        span, self._span = self._span, None
        return span if found < wanted else None
