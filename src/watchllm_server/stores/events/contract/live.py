"""The promise of a live view: which summaries of traces were stored of late, without asking for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from watchllm_server.model.filter import Node


class Changed(msgspec.Struct, frozen=True):
    """A summary as it was stored at one time. `bucket_s` is the hour of its trace, which finds its row."""

    trace_id: str
    bucket_s: int
    version: int
    stored_us: int


class FollowReader(Protocol):
    """Follows what is stored. Every read is bounded in time, memory and rows, and cannot write."""

    async def newest_us(self, project_id: str) -> int:
        """Return when the newest summary was stored, on the store's clock; 0 when there is none."""
        ...

    async def list_changed(self, project_id: str, since_us: int, limit: int) -> list[Changed]:
        """Return the newest `limit` summaries stored at `since_us` or later, the oldest of them first.

        What is being stored may appear later under a time of before: ask again from a little earlier.
        """
        ...

    async def read_changed(
        self, project_id: str, changed: Sequence[Changed], filter: Node | None
    ) -> dict[str, dict[str, Any]]:
        """Return the rows of these traces that match, as those of the list of traces, by trace id."""
        ...
