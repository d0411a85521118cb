"""Signed cursors: where the next page starts, for one project, route and query; nothing else opens one."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from watchllm_server.clock import Clock
from watchllm_server.errors import BadRequest
from watchllm_server.security.tokens import Signer
from watchllm_server.ui_backend.parameters import DAY_US, TimeRange, read_range

# Long enough to leave a list open over night; a cursor in a log is worth nothing for long.
LIFETIME_US: Final = DAY_US


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The content of a cursor. The range goes along, since a default range ends at another now each time."""

    expires_us: int
    from_us: int
    to_us: int
    after: tuple[str, str]


class Cursors:
    """Makes and reads the cursors of one query.

    `project_id`, `route` and `query` are part of what is signed over, so that a cursor of another project or
    query does not open here.
    """

    def __init__(
        self, signer: Signer, clock: Clock, *, project_id: str, route: str, query: dict[str, Any] | None = None
    ) -> None:
        self._signer = signer
        self._clock = clock
        self._purpose = msgspec.json.encode(["cursor", project_id, route, query or {}], order="sorted").decode()

    def make(self, span: TimeRange, after: tuple[str, str]) -> str:
        """Return the cursor of the page after `after`."""
        place = Place(self._clock.now_us() + LIFETIME_US, span.from_us, span.to_us, after)
        return self._signer.sign(self._purpose, msgspec.json.encode(place))

    def next(self, span: TimeRange, after: tuple[str, str] | None) -> str | None:
        """Return `next_cursor` of a page whose last row is at `after`; None when there is no next page."""
        return None if after is None else self.make(span, after)

    def open_page(
        self, cursor: str | None, from_text: str | None, to_text: str | None
    ) -> tuple[TimeRange, tuple[str, str] | None]:
        """Return the range of the query and the place after which its page starts (None for the first).

        Raises BadRequest: `bad_time_range`, or `bad_cursor` for a cursor that `make` did not make for this query
        and range.
        """
        if cursor is None:
            return read_range(from_text, to_text, default_to_us=self._clock.now_us()), None
        place = self.read(cursor)
        span = read_range(from_text, to_text, default_to_us=place.to_us, default_from_us=place.from_us)
        if (span.from_us, span.to_us) != (place.from_us, place.to_us):
            raise _bad_cursor()
        return span, place.after

    def read(self, text: str) -> Place:
        """Return what `make` put in. Raises BadRequest with code `bad_cursor` for anything else."""
        try:
            payload = self._signer.verify(self._purpose, text)
            place = msgspec.json.decode(payload, type=Place)
        except (ValueError, msgspec.DecodeError):
            raise _bad_cursor() from None
        # Base64 has several spellings of the same bytes; only the one that was given out is accepted.
        if place.expires_us <= self._clock.now_us() or self._signer.sign(self._purpose, payload) != text:
            raise _bad_cursor()
        return place


def _bad_cursor() -> BadRequest:
    return BadRequest(
        "the cursor was altered, has expired, or belongs to another project or query; start without one",
        code="bad_cursor",
    )
