"""The promises of sessions and end users: the traces of one conversation, or of one person, summed up."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from watchllm_server.model.filter import Node

GroupKind = Literal["sessions", "end_users"]
SessionSort = Literal[
    "start_time", "-start_time", "end_time", "-end_time", "trace_count", "-trace_count", "event_count", "-event_count",
    "error_count", "-error_count", "total_tokens", "-total_tokens", "total_cost_usd", "-total_cost_usd",
]  # fmt: skip
EndUserSort = Literal[
    "first_seen", "-first_seen", "last_seen", "-last_seen", "trace_count", "-trace_count", "session_count",
    "-session_count", "event_count", "-event_count", "error_count", "-error_count", "total_tokens", "-total_tokens",
    "total_cost_usd", "-total_cost_usd",
]  # fmt: skip

# A row shows the first of each; its own page lists its traces.
MAX_LISTED = 20


class GroupQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of sessions or end users of the traces that were running in [from, to) and match the filter."""

    kind: GroupKind
    from_us: int
    to_us: int
    sort: SessionSort | EndUserSort
    filter: Node | None = None
    limit: int = 50
    # The sort value and the id of the last row of the page before, as this store gave them.
    after: tuple[str, str] | None = None


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as they go into the answer (money as decimal strings), and where the next page starts."""

    rows: list[dict[str, Any]]
    next_after: tuple[str, str] | None


class GroupReader(Protocol):
    """Sums traces up by session or end user. Every read is bounded in time, memory and rows, and cannot write.

    A row sums the traces of the range alone. Traces without a session or an end user belong to none.
    """

    async def list_groups(self, project_id: str, query: GroupQuery) -> GroupPage: ...

    async def find_group(
        self, project_id: str, kind: GroupKind, group_id: str, from_us: int, to_us: int
    ) -> dict[str, Any] | None:
        """Return the row of one session or end user, or None when no trace of the range belongs to it."""
        ...

    async def list_scores(self, project_id: str, trace_id: str) -> list[dict[str, Any]]:
        """Return the judgements on a trace and its events, in order of time, names as in the answer."""
        ...
