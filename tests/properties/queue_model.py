"""The queue as simple as it can be said: lists and dictionaries, no file, no threads. The real one must agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class ModelEntry:
    """An accepted batch; `size` is what it takes in the real queue."""

    sequence: int
    project_id: str
    event_ids: list[str]
    body: bytes
    accepted_at_us: int
    size: int


@dataclass
class ModelBundle:
    """Entries that stay together, and who may work on them until when."""

    entries: list[ModelEntry]
    fence: int = 0
    attempts: int = 0
    owner: str = ""
    leased_until_s: float = 0.0
    not_before_s: float = 0.0
    # What is known of its events: those counted as new or as repeats, since a plan was made.
    repeats: frozenset[tuple[str, str]] | None = None
    new: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    leased_step: int = 0
    acknowledged_step: int | None = None
    error: str = ""
    acknowledged_at_us: int | None = None
    is_checked: bool = False
    traces: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def _held_bytes(entry: ModelEntry) -> int:
    """Return what a processor holds of an entry, whatever the queue makes of it."""
    return len("\n".join(entry.event_ids)) + len(entry.body)


@dataclass
class QueueModel:
    """What every queue must do."""

    max_events: int
    waiting: list[ModelEntry] = field(default_factory=list[ModelEntry])
    bundles: dict[int, ModelBundle] = field(default_factory=dict[int, ModelBundle])
    owners: set[str] = field(default_factory=set[str])
    # (project, minute) → count of each kind; a refusal is counted under its code.
    ledger: dict[tuple[str, int], Counter[str]] = field(default_factory=dict[tuple[str, int], Counter[str]])
    touched: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    mark: int = 0
    steps: int = 0
    # Whether acknowledged bundles are in the order of that time, and not of their sequences.
    settles_by_time: bool = False
    # Whether events of bundles that were acknowledged earlier may be known to be repeats, as they are.
    remembers_longer: bool = False
    # Whether its holder may acknowledge a bundle again, since the answer may not have come.
    repeats_acknowledgements: bool = False

    def is_done(self, number: int, fence: int) -> bool:
        """Tell whether the bundle was acknowledged under this lease."""
        bundle = self.bundles.get(number)
        return bundle is not None and bundle.fence == fence and bundle.acknowledged_at_us is not None

    def settled(self) -> list[tuple[int, ModelBundle]]:
        """Return the acknowledged bundles by their numbers, oldest first."""
        found = [(number, bundle) for number, bundle in self.bundles.items() if bundle.acknowledged_at_us is not None]
        return sorted(found, key=lambda pair: (self.settles_by_time and pair[1].acknowledged_at_us, pair[0]))

    def next_step(self) -> int:
        self.steps += 1
        return self.steps

    def open_entries(self) -> list[ModelEntry]:
        """Return what waits: in open bundles, and in none yet."""
        bundled = [e for b in self.bundles.values() if b.acknowledged_at_us is None for e in b.entries]
        return bundled + self.waiting

    def has_room(self, count: int) -> bool:
        return sum(len(e.event_ids) for e in self.open_entries()) + count <= self.max_events

    def lease(self, owner: str, now_s: float, lease_s: float, max_events: int, max_bytes: int) -> int | None:
        """Lease the first free bundle, else a new one; returns its number."""
        number = next((n for n, b in sorted(self.bundles.items()) if self._is_free(b, now_s)), None)
        if number is None and self.waiting:
            taken = self._taken(max_events, max_bytes)
            number = self.waiting[0].sequence
            self.bundles[number] = ModelBundle(self.waiting[:taken])
            del self.waiting[:taken]
        if number is not None:
            bundle = self.bundles[number]
            bundle.owner, bundle.leased_until_s = owner, now_s + lease_s
            bundle.fence, bundle.attempts = bundle.fence + 1, bundle.attempts + 1
            bundle.leased_step = self.next_step()
        return number

    def _is_free(self, bundle: ModelBundle, now_s: float) -> bool:
        is_left = bundle.leased_until_s <= now_s or bundle.owner not in self.owners
        return bundle.acknowledged_at_us is None and bundle.not_before_s <= now_s and is_left

    def _taken(self, max_events: int, max_bytes: int) -> int:
        for count in range(1, len(self.waiting)):
            taken = self.waiting[: count + 1]
            if sum(len(e.event_ids) for e in taken) > max_events or sum(map(_held_bytes, taken)) > max_bytes:
                return count
        return len(self.waiting)

    def plan(
        self, bundle: ModelBundle, repeats: set[tuple[str, str]], letters: set[tuple[str, str]]
    ) -> frozenset[tuple[str, str]]:
        """Decide which events of a bundle are repeats, as those are that another bundle has as new."""
        if bundle.repeats is not None:
            return bundle.repeats
        events = {(e.project_id, event_id) for e in bundle.entries for event_id in e.event_ids} - repeats - letters
        claimed = set[tuple[str, str]]().union(
            *(
                other.new
                for other in self.bundles.values()
                if other.acknowledged_step is None or other.acknowledged_step > bundle.leased_step
            )
        )
        bundle.new = events - claimed
        bundle.repeats = frozenset(repeats | (events & claimed))
        return bundle.repeats

    def held(self, number: int, fence: int) -> ModelBundle | None:
        """Return the bundle when this is its newest lease and it is still open."""
        bundle = self.bundles.get(number)
        return bundle if bundle and bundle.fence == fence and bundle.acknowledged_at_us is None else None

    def touch(self, traces: list[tuple[str, str]], now_us: int) -> None:
        self.mark = max(self.mark + 1, now_us)
        self.touched.update(dict.fromkeys(traces, self.mark))

    def purge(self, before_us: int, limit: int) -> int:
        """Forget bundles that were acknowledged before a time and looked for since; returns how many entries went."""
        old = [
            n for n, b in self.settled()
            if b.acknowledged_at_us is not None and b.acknowledged_at_us < before_us and b.is_checked
        ]  # fmt: skip
        return sum(len(self.bundles.pop(number).entries) for number in old[:limit])
