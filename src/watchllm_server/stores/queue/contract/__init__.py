"""The promises of the queue: accepted batches that are not yet stored.

Words: an *entry* is one accepted batch. A *bundle* is the entries that are inserted together; its bounds are
fixed before the first insert, and its id names exactly those rows for the event store's deduplication.
A *lease* is the right to work on a bundle until a time; its fence grows with every lease, so a holder that
was presumed dead cannot act on an old one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec

from watchllm_server.model.ledger import LedgerMinute, Settlement

# How long a replayed letter is known after it was marked: longer than any request that read it before can last.
REPLAYS_KEPT_US: Final = 3_600 * 1_000_000


# (project id, event id).
EventKey = tuple[str, str]


class RefusedEvent(msgspec.Struct, frozen=True):
    """An event that was refused at acceptance, and why."""

    event_id: str
    code: str
    message: str


class RejectedEvent(RefusedEvent, frozen=True, kw_only=True):
    """A refused event as it is remembered."""

    at_us: int


class NewEntry(msgspec.Struct, kw_only=True):
    """A batch as accepted: the body as it came (decompressed), and the ids of its events in order."""

    project_id: str
    # Which format reads the body, such as `native.json` or `otlp.traces.protobuf`.
    format: str
    body: bytes
    event_ids: list[str]
    accepted_at_us: int
    # Events of the same request that were refused, by code; they enter the ledger in the same step.
    rejected: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    # Those of them that had an id; remembered for a while, so that they can be found.
    refused: Sequence[RefusedEvent] = ()


class Replay(NewEntry, kw_only=True):
    """A dead letter that is to be stored after all: one event, with the time of its acceptance then.

    `version` is that of the letter: the sequence of the entry in which it came.
    """

    version: int


# What became of a letter: it is in the queue (now, or since an earlier call), or its entry is still being worked on.
ReplayOutcome = Literal["queued", "busy"]


class Entry(NewEntry, kw_only=True):
    """An entry with its place. `sequence` grows with every acceptance, also over a clock that jumps back.

    `damage` says in words what the queue found when it is not as it was accepted: then `body` is what is left of it,
    for a person to read, and its events can only become dead letters.
    """

    sequence: int
    damage: str = ""


class Bundle(msgspec.Struct, kw_only=True):
    """Entries under a lease. `repeats` is what `record_plan` answered an earlier attempt; None when there was none."""

    bundle_id: str
    fence: int
    attempts: int
    entries: list[Entry]
    repeats: frozenset[EventKey] | None = None


class SettledBundle(msgspec.Struct, frozen=True, kw_only=True):
    """An acknowledged bundle of the period of grace: the ids of its events by project, and where to look for them.

    The events of its entries carry versions from `first_sequence` to `last_sequence`; `traces` are
    (project_id, trace_id) of those that became rows.
    """

    bundle_id: str
    first_sequence: int
    last_sequence: int
    event_ids: dict[str, list[str]]
    traces: list[tuple[str, str]]


class TouchedTrace(msgspec.Struct, frozen=True):
    """A trace whose summary must be computed again.

    `mark` is the time of the touch (µs), and larger than that of every touch before, also over a clock that jumps back.
    """

    project_id: str
    trace_id: str
    mark: int = 0


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Commits that the queue has lost, as a damaged disk makes it: `events` were accepted and are not in it any more.

    They had sequences in (after_sequence, last_sequence]. Some of them may be in the event store.
    """

    number: int
    noticed_at_us: int
    after_sequence: int
    last_sequence: int
    commits: int
    events: int


class QueueDepth(msgspec.Struct, kw_only=True):
    """What waits. Bytes are as stored; `oldest_accepted_us` is None when nothing waits."""

    entries: int
    events: int
    bytes: int
    oldest_accepted_us: int | None
    touched_traces: int
    # Everything on disk, acknowledged entries of the grace period among them.
    stored_bytes: int = 0
    # Accepted events that the queue has lost and the event store does not have; and when the last loss was noticed.
    lost_events: int = 0
    lost_noticed_us: int | None = None
    # Share of the disk that cannot be written any more, 0 to 1; 0 where the queue has no disk of its own.
    disk_used: float = 0.0
    # Whether a power cut may take what was accepted in the last second: allowed by a setting alone.
    syncs_each_second: bool = False


class QueueEdges(msgspec.Struct, frozen=True):
    """Sequences: the last accepted one ever, the first that waits, and the first that is still kept; None for none."""

    last: int
    first_waiting: int | None
    first_kept: int | None


class QueuedEvent(msgspec.Struct, kw_only=True):
    """Where one event id is in the queue."""

    state: Literal["queued", "leased", "acknowledged"]
    accepted_at_us: int
    sequence: int
    acknowledged_at_us: int | None = None
    attempts: int = 0
    last_error: str = ""


class LeaseLost(Exception):
    """The lease ran out and another holder has, or may have, the bundle. Nothing was changed."""


class Queue(Protocol):
    """Every method may be called from any task of one event loop; several processes may share one queue."""

    async def enqueue(self, entry: NewEntry) -> int:
        """Make the batch durable and return its sequence.

        MUST return only after the entry, its ledger counts and its sequence are on disk (a power cut after
        the return loses nothing). Either all events of the entry are accepted or none.
        MUST raise `errors.Unavailable` (code `queue_full` or `disk_full`) before accepting when the cap is
        reached. MAY commit several entries together.
        """
        ...

    async def replay(self, letters: Sequence[Replay]) -> list[ReplayOutcome]:
        """Make dead letters durable as entries again, and return what became of each, in order.

        In the same step each moves in the ledger from `dead_lettered` to `queued`, in the minute of its acceptance.
        The same letter MUST be accepted once, however often it is given, until an hour after `settle_replays`.
        Raises as `enqueue` does; then nothing was accepted.
        """
        ...

    async def settle_replays(self, project_id: str, letters: Sequence[tuple[str, int]]) -> None:
        """Say that these letters, as (event id, version), are marked: nobody will find them waiting any more."""
        ...

    async def count_rejected(
        self, project_id: str, at_us: int, rejected: Mapping[str, int], refused: Sequence[RefusedEvent] = ()
    ) -> None:
        """Add refused events to the ledger (received and rejected), and remember those in `refused` for a while.

        Not part of the delivery promise.
        """
        ...

    async def find_rejected(self, project_id: str, event_id: str) -> RejectedEvent | None:
        """Return the newest refusal of an event that is still remembered."""
        ...

    async def lease(self, owner: str, *, max_events: int, max_bytes: int, lease_s: float) -> Bundle | None:
        """Return a bundle to work on, or None when nothing is ready.

        A bundle whose lease has expired, or that was released and whose delay has passed, comes before new
        entries and MUST come back with exactly the entries it had. A new bundle takes entries in order of
        sequence, at least one, up to the limits; `max_bytes` is of bodies and ids as they were accepted, not as
        they are kept, since whoever leases them holds them all.

        MUST tell an entry that is not as it was accepted, and give it with its `damage` among the others.
        """
        ...

    async def extend(self, bundle: Bundle, lease_s: float) -> None:
        """Prolong the lease. MUST raise LeaseLost when the fence is not the newest."""
        ...

    async def record_plan(
        self, bundle: Bundle, repeats: Collection[EventKey], letters: Collection[EventKey]
    ) -> frozenset[EventKey]:
        """Decide which events of the bundle are repeats, durably and before its first insert; returns all of them.

        They are the given `repeats`, which the event store had when it was asked under this lease, and those that
        another bundle's plan counts as new: their rows may have come too late for that answer. MUST decide in one step
        for all processes, so that of two bundles one has an event as new. The plan of a bundle that was acknowledged
        before this lease began need not be known: its rows, and the traces it touched, could be found. `letters` become
        no rows, and are neither. Asked again under the same lease, it answers the same.

        MUST raise LeaseLost on an old fence.
        """
        ...

    async def acknowledge(
        self, bundle: Bundle, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]
    ) -> None:
        """Finish the bundle: in one step the entries leave the backlog, the ledger moves its events out of
        `queued`, and the touched traces are kept for recomputation.

        MUST be called only after every event is in the event store or among the dead letters. MUST raise
        LeaseLost on an old fence. The entries stay readable for the grace period.
        """
        ...

    async def release(self, bundle: Bundle, *, delay_s: float, error: str) -> None:
        """Give the bundle back after a failure; it is not leased again before the delay has passed."""
        ...

    async def hasten(self) -> None:
        """Make every bundle that was given back available at once: for a process that starts and takes over."""
        ...

    async def list_touched(self, limit: int) -> list[TouchedTrace]:
        """Return traces that wait for recomputation, those touched first first."""
        ...

    async def find_touched(self, traces: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of (project_id, trace_id) that wait for recomputation."""
        ...

    async def settle_touched(self, traces: Sequence[TouchedTrace]) -> None:
        """Forget traces that were recomputed, except those touched again since (another mark)."""
        ...

    async def touch(self, traces: Sequence[TouchedTrace]) -> None:
        """Keep traces for recomputation, beside what `acknowledge` keeps."""
        ...

    async def lead(self, owner: str, *, for_s: float) -> bool:
        """Become or stay the one owner that does what one alone may do, for so long; False when another one is.

        Whoever died, or let go by closing, leads no more.
        """
        ...

    async def edges(self) -> QueueEdges:
        """Return how far what was accepted has gone through."""
        ...

    async def forget_project(self, project_id: str) -> None:
        """Forget the ledger, the refusals and the touched traces of a project that is deleted for good.

        Its entries MUST stay: they go the way of all, and the processor drops what is in them.
        """
        ...

    async def purge(self, *, acknowledged_before_us: int, limit: int) -> int:
        """Delete acknowledged entries that are past their grace period; returns how many went.

        MUST keep a bundle that was not marked as checked.
        """
        ...

    async def list_unchecked(self, *, acknowledged_before_us: int, max_events: int) -> list[SettledBundle]:
        """Return acknowledged bundles that were not marked as checked, oldest first: at least one when there is any.

        Without the ids of entries whose ids are damaged: nobody can look for them.
        """
        ...

    async def read_settled(self, bundle_id: str) -> list[Entry]:
        """Return the entries of an acknowledged bundle; none when it was purged."""
        ...

    async def mark_checked(self, bundle_ids: Sequence[str], touched: Sequence[TouchedTrace]) -> None:
        """Remember that every event of the bundles was found or stored again; `touched` are of the latter."""
        ...

    async def uncheck(self) -> None:
        """Forget every mark: for a processor that starts, since the event store may have come back with less."""
        ...

    async def list_losses(self) -> list[Loss]:
        """Return the losses whose events were not looked for yet."""
        ...

    async def mend(self, loss: Loss, settlements: Sequence[Settlement], touched: Sequence[TouchedTrace]) -> bool:
        """Enter what the event store has of lost events into the ledger, as received and as what became of them.

        In the same step the traces are kept for recomputation. False, and nothing is changed, when it was done before.
        """
        ...

    async def depth(self) -> QueueDepth:
        """Count what waits."""
        ...

    async def list_ledger(self, project_id: str, *, from_us: int, to_us: int) -> list[LedgerMinute]:
        """Return the minutes with any count in [from, to), in order."""
        ...

    async def find_event(self, project_id: str, event_id: str) -> QueuedEvent | None:
        """Return the newest entry that holds the event, acknowledged ones of the grace period among them."""
        ...

    async def imbalance(self, *, from_us: int) -> int:
        """Return how many events the ledger has too many or too few, over all projects and minutes since a time."""
        ...

    async def count_dead_lettered(self, *, from_us: int) -> int:
        """Return how many events that were accepted since a time are dead letters, over all projects."""
        ...

    async def wait_failed(self) -> str:
        """Return the reason when the queue can promise nothing any more; until then, never.

        From then on every call raises `errors.Unavailable`: after a failed sync, nobody knows what is on disk.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of files and threads."""
        ...
