"""The promise of search: events by words in their inputs and outputs, with the places where they stand."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from watchllm_server.model.filter import Node


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the events that start in [from, to), match the filter and have `text` in input or output."""

    text: str
    from_us: int
    to_us: int
    filter: Node | None = None
    limit: int = 50
    after: tuple[str, str] | None = None


class Found(msgspec.Struct, frozen=True):
    """The first place of the text in one side of an event: as it stands there, and what stands around it.

    All are pieces of the stored JSON text, so a line end is written `\\n` in them.
    """

    field: Literal["input", "output"]
    before: str
    match: str
    after: str


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as those of the list of events, each with where the text was found, and where the next page starts."""

    rows: list[tuple[dict[str, Any], list[Found]]]
    next_after: tuple[str, str] | None


class SearchReader(Protocol):
    """Finds text in any language and any case. Every read is bounded in time, memory and rows, and cannot write."""

    async def find_text(self, project_id: str, query: SearchQuery) -> SearchPage:
        """Return the newest matches first. MUST find exactly what the filter `text contains` finds."""
        ...
