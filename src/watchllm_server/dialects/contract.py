"""What every wire format promises: bytes → names of events at acceptance, bytes → canonical events later.

`dialects` imports `model` alone. A format never guesses the time and never makes an id: both come from the
entry, so that reading it again gives the same events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from watchllm_server.model.event import Event, Rejection, UnreadableEvent


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one request and one event; each is a setting."""

    max_events: int = 100
    max_event_bytes: int = 4 * 1024 * 1024
    max_text_bytes: int = 1024 * 1024
    max_depth: int = 64
    max_attributes: int = 512
    max_key_bytes: int = 256
    max_tags: int = 50


class Named(msgspec.Struct, kw_only=True):
    """A decoded request before acceptance: the ids of the good events in order, and the refused ones.

    `duplicates` counts events of the request that another one of the same request replaces.
    """

    event_ids: list[str]
    rejected: list[Rejection]
    duplicates: int = 0


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What the queue entry fixed: whose the events are, their ids in order, when, and which version."""

    project_id: str
    event_ids: Sequence[str]
    accepted_at_us: int
    sequence: int


class Part(msgspec.Struct, frozen=True):
    """One event taken out of a body: a body of the same format, and the same for a person to read."""

    body: bytes
    text: str


class Rewriter(Protocol):
    """What changes the texts of a body before anybody keeps it."""

    def text(self, text: str) -> str:
        """Return what is kept instead of a text of a person, a model or a program."""
        ...

    def identity(self, text: str) -> str:
        """Return what is kept instead of the id of a person or a session; the same for the same."""
        ...

    def is_secret(self, name: str) -> bool:
        """Tell whether whatever stands under a name is kept from everybody."""
        ...


class Format(Protocol):
    """One body format of one route, such as `native.json`."""

    name: str

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        """Validate the whole body and name its events; `new_id` makes an id for one that has none.

        MUST raise `errors.BadRequest` (or TooLarge) when the body as a whole cannot be read. MUST be bounded in
        time and memory by the size of the body. MUST NOT raise anything else, whatever the bytes are.
        """
        ...

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        """Return the body with its texts as `rewriter` gives them; the same bytes when it changes none.

        Names of fields, ids of events and traces, times, kinds and numbers stay. A body that cannot be read MUST be
        returned as it is, or raise `errors.BadRequest`: it is refused later, and nothing of it kept.
        """
        ...

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        """Map the accepted events, one result for every id of `accepted.event_ids` and in that order.

        The same bytes MUST give the same events, always. An event that passed `read_names` and still cannot be
        mapped is an UnreadableEvent; nothing is dropped and nothing raised.
        """
        ...

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        """Take accepted events out of a body, by their places in `accepted.event_ids`: for dead letters, so rarely.

        `read_events` of a part with the id at its place alone, and all else as it was accepted, MUST give the same
        event as the whole body does there. MUST raise LookupError or `errors.BadRequest` when that cannot be had.
        """
        ...
