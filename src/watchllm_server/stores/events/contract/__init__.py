"""The promises of the event store: events, trace summaries and dead letters. Readers never change anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec
import pyarrow as pa

from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.model.filter import Node
from watchllm_server.model.trace import TraceEvent, TraceSummary

TraceSort = Literal[
    "start_time", "-start_time", "duration_ms", "-duration_ms", "total_cost_usd", "-total_cost_usd",
    "total_tokens", "-total_tokens", "event_count", "-event_count",
]  # fmt: skip


class StoreUnavailable(Exception):
    """The store cannot be reached or did not answer in time; the outcome of a write is unknown."""


class RowsRefused(Exception):
    """The store refused the rows for what is in them; retrying the same rows cannot help.

    `rows` names those that can never be stored, by their places and with the reason, where that is known; the others
    may still be refused.
    """

    def __init__(self, message: str, rows: Mapping[int, str] | None = None) -> None:
        super().__init__(message)
        self.rows = dict(rows or {})


class QueryLimit(Exception):
    """A read went over its bound of time, memory or rows."""


class TraceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list of traces: those with events in [from, to), in `sort` order after `after`."""

    from_us: int
    to_us: int
    filter: Node | None = None
    sort: TraceSort = "-start_time"
    limit: int = 50
    # The sort value and trace id of the last row of the page before, as this store gave them.
    after: tuple[str, str] | None = None


class TracePage(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as they go into the answer (money as decimal strings), and where the next page starts."""

    rows: list[dict[str, Any]]
    next_after: tuple[str, str] | None


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events without their texts."""

    rows: list[dict[str, Any]]
    next_after: tuple[str, str] | None


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list of events whose start is in [from, to)."""

    from_us: int
    to_us: int
    filter: Node | None = None
    sort: Literal["start_time", "-start_time"] = "-start_time"
    limit: int = 50
    after: tuple[str, str] | None = None


class TraceColumns(msgspec.Struct, kw_only=True):
    """The events of a trace as parallel columns without text, unordered; one entry per unique event."""

    event_id: list[str]
    parent_event_id: list[str]
    type: list[str]
    name: list[str]
    start_us: list[int]
    end_us: list[int | None]
    status: list[str]
    model: list[str]
    response_id: list[str]
    input_tokens: list[int]
    output_tokens: list[int]
    usage: list[dict[str, int]]
    # Decimal strings; None where unpriced or not a priced event.
    cost_usd: list[str | None]
    agent_name: list[str]
    tool_name: list[str]
    step_index: list[int | None]


# `kept` letters wait for a person; `superseded` ones have a newer version of their event in the store.
LetterState = Literal["kept", "replayed", "superseded", "discarded"]
LetterEnd = Literal["replayed", "superseded", "discarded"]


class LetterQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters: by state, and by code, by their time in [from, to), or by the ids of their events."""

    state: LetterState = "kept"
    code: str | None = None
    from_us: int | None = None
    to_us: int | None = None
    event_ids: Sequence[str] | None = None
    # Only those that carry what a replay needs.
    is_replayable: bool = False
    limit: int = 50
    # The time (µs) and event id of the last letter of the page before; the newest come first.
    after: tuple[str, str] | None = None


class LetterKey(msgspec.Struct, frozen=True):
    """One letter, and how many bytes its body has."""

    event_id: str
    version: int
    dead_at_us: int
    body_bytes: int


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """An event that cannot be stored, kept with its reason. `content` may be only the beginning of it."""

    event_id: str
    version: int
    code: str
    message: str
    format: str
    content: str
    content_bytes: int
    is_replayable: bool
    accepted_at_us: int
    dead_at_us: int
    state: LetterState = "kept"
    ended_at_us: int | None = None


class LetterPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of letters, and where the next one starts."""

    letters: list[DeadLetter]
    next_after: tuple[str, str] | None


class LetterBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay needs of a letter. `event_ids` names all events of the body, when it holds more than this one."""

    event_id: str
    version: int
    format: str
    body: bytes
    event_ids: list[str]
    accepted_at_us: int


class StoredCount(msgspec.Struct, frozen=True):
    """How many events of one trace that were accepted in one minute are stored; of dead letters, without a trace."""

    project_id: str
    trace_id: str
    minute_us: int
    events: int


class ReadTraces(msgspec.Struct, frozen=True):
    """The unique events of traces as they were at one moment."""

    events: dict[tuple[str, str], list[TraceEvent]]
    # The same as the store wants them back, by project; nobody else looks inside.
    rows: list[tuple[str, Any]]


class EventWriter(Protocol):
    """What the processor may do."""

    async def warm_up(self) -> None:
        """Do what the first insert would otherwise wait for; changes nothing."""
        ...

    async def insert_events(self, events: Sequence[Event], token: str) -> None:
        """Store the rows; on return they are readable and survive a kill of the store.

        The same token with the same rows MUST store them once, however often and however late within
        the deduplication window. MUST raise RowsRefused when a row can never be stored (nothing promised about
        the others), StoreUnavailable when the outcome is unknown.
        """
        ...

    async def insert_dead_letters(self, letters: Sequence[UnreadableEvent]) -> None:
        """Keep events that cannot be rows. Repeating the call MUST change nothing."""
        ...

    async def find_known_traces(self, traces: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of the (project_id, trace_id) that have a summary; one small keyed read."""
        ...

    async def find_versions(self, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
        """Return the stored version of each known (project_id, event_id).

        `keys` are (project_id, trace_id, event_id); those that are not stored are left out.
        """
        ...

    async def find_ids_of_versions(
        self, project_id: str, trace_ids: Sequence[str], first_version: int, last_version: int
    ) -> set[str]:
        """Return the ids of stored events of these traces whose version is in [first, last]."""
        ...

    async def count_versions(self, first_version: int, last_version: int) -> list[StoredCount]:
        """Count the events and dead letters of every project whose version is in [first, last]: reads the whole table.

        For a processor whose queue has lost what it knew of them.
        """
        ...

    async def find_known_ids(self, project_id: str, event_ids: Sequence[str]) -> set[str]:
        """Return which of the ids are stored under any version, are dead letters, or were erased."""
        ...

    async def read_trace_events(self, traces: Sequence[tuple[str, str]]) -> ReadTraces:
        """Return the unique events of each (project_id, trace_id), for recomputation."""
        ...

    async def insert_summaries(
        self, summaries: Sequence[TraceSummary], version: int, read: ReadTraces | None = None
    ) -> None:
        """Replace the summaries of these traces, and the figures of the events that were `read` for them.

        A summary whose bucket moved MUST not be listed twice, nor its events be counted twice. `version` orders
        recomputations of one trace: the highest stands.
        """
        ...

    async def remove_summaries(self, traces: Sequence[tuple[str, str]], version: int) -> None:
        """Take the summaries of these (project_id, trace_id), and the figures of their events, out of every list."""
        ...

    async def close(self) -> None: ...


class EventReader(Protocol):
    """What answers questions. Every read is bounded in time, memory and rows, and cannot write."""

    async def list_traces(self, project_id: str, query: TraceQuery) -> TracePage: ...

    async def get_trace(self, project_id: str, trace_id: str) -> dict[str, Any] | None:
        """Return the summary row of one trace plus `uncounted` (event id → reason), or None."""
        ...

    async def get_trace_columns(self, project_id: str, trace_id: str) -> TraceColumns:
        """Return all unique events of the trace; empty columns when there are none."""
        ...

    async def get_trace_table(self, project_id: str, trace_id: str) -> pa.Table:
        """Return the same events as Arrow, in order of start, then id (by bytes).

        Its columns are those of `TraceColumns` but `response_id` and `usage`; strings are UTF-8 without nulls,
        integers 64 bits; `end_us`, `cost_usd` and `step_index` have nulls. MUST take far less time than the lists
        for a trace of 100,000 events.
        """
        ...

    async def find_in_trace(self, project_id: str, trace_id: str, text: str, *, limit: int) -> list[str]:
        """Return the ids of at most `limit` events that have the text in input, output or status message, by start.

        The case of letters is ignored.
        """
        ...

    async def list_events(self, project_id: str, query: EventQuery) -> EventPage: ...

    async def read_texts(
        self, project_id: str, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[str, str]]:
        """Return input and output, as JSON texts, of each of these (trace id, event id) that is there."""
        ...

    async def find_event(self, project_id: str, event_id: str, trace_id: str | None = None) -> dict[str, Any] | None:
        """Return the whole event (every column, JSON-ready names of the table), or None.

        `trace_id` makes it one keyed read; without it an index over event ids is used.
        """
        ...

    async def find_erased(self, project_id: str, event_id: str) -> int | None:
        """Return when an event was erased on demand (µs), while that is still known."""
        ...

    async def ping(self) -> str:
        """Return the engine's version, or raise StoreUnavailable: also while its tables are not of this version."""
        ...

    async def close(self) -> None: ...


class DeadLetters(Protocol):
    """The letters of a project. The letter of an event is that of its last version that could not be stored.

    Reads are bounded as those of `EventReader`.
    """

    async def list_letters(self, project_id: str, query: LetterQuery, *, most_bytes: int) -> LetterPage:
        """Return a page of letters, each with at most the first `most_bytes` bytes of its content."""
        ...

    async def find_letter(self, project_id: str, event_id: str, *, most_bytes: int | None = None) -> DeadLetter | None:
        """Return the letter of an event, whatever its state is; whole, unless `most_bytes` are enough."""
        ...

    async def select(self, project_id: str, query: LetterQuery) -> list[LetterKey]:
        """Return the keys of letters, newest first."""
        ...

    async def read_bodies(self, project_id: str, letters: Sequence[LetterKey]) -> list[LetterBody]: ...

    async def find_superseded(self, project_id: str, letters: Sequence[LetterKey]) -> list[LetterKey]:
        """Return those letters of whose event a newer version is stored."""
        ...

    async def end(self, project_id: str, letters: Sequence[LetterKey], state: LetterEnd) -> None:
        """Take letters out of those that are kept, durably. MUST last when a letter is inserted again.

        A discarded letter MUST lose its content. Repeating the call MUST change nothing.
        """
        ...
