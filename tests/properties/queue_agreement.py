"""Compares what the real queue says with its model: what waits, the ledger, and where every event is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.properties.queue_model import ModelBundle, ModelEntry, QueueModel
from watchllm_server.model.ledger import LedgerMinute, minute_of
from watchllm_server.stores.queue.contract import QueueDepth, QueuedEvent

Place = tuple[ModelEntry, ModelBundle | None]


def check_depth(depth: QueueDepth, model: QueueModel) -> None:
    """What waits, and what is kept, is equal."""
    entries = model.open_entries()
    kept = [e for b in model.bundles.values() if b.acknowledged_at_us is not None for e in b.entries]
    assert (depth.entries, depth.events) == (len(entries), sum(len(e.event_ids) for e in entries))
    assert depth.bytes == sum(e.size for e in entries)
    assert depth.stored_bytes == sum(e.size for e in (*entries, *kept))
    assert depth.oldest_accepted_us == min((e.accepted_at_us for e in entries), default=None)
    assert depth.touched_traces == len(model.touched)


def check_ledger(minutes: Sequence[LedgerMinute], project_id: str, model: QueueModel) -> None:
    """Every minute of a project is equal and balances."""
    queued: Counter[int] = Counter()
    for entry in model.open_entries():
        if entry.project_id == project_id:
            queued[minute_of(entry.accepted_at_us)] += len(entry.event_ids)
    wanted = {minute: count for (project, minute), count in model.ledger.items() if project == project_id}
    assert [m.minute_us for m in minutes] == sorted(wanted)
    for found in minutes:
        count = wanted[found.minute_us]
        assert found.is_balanced
        assert (found.received, found.queued) == (count["received"], queued[found.minute_us])
        assert (found.stored, found.duplicate) == (count["stored"], count["duplicate"])
        assert found.dead_lettered == count["dead_lettered"]
        assert found.rejected == {code: n for code in ("bad_time", "unknown_type") if (n := count[code])}


def newest_places(model: QueueModel) -> dict[tuple[str, str], Place]:
    """Return where the newest acceptance of every (project, event id) is."""
    places: list[Place] = [(entry, None) for entry in model.waiting]
    places += [(entry, bundle) for bundle in model.bundles.values() for entry in bundle.entries]
    return {
        (place[0].project_id, event_id): place
        for place in sorted(places, key=lambda place: place[0].sequence)
        for event_id in place[0].event_ids
    }


def check_place(found: QueuedEvent | None, wanted: Place | None, now_s: float) -> None:
    """An event is found exactly where it is."""
    assert (found is None) == (wanted is None)
    if found is None or wanted is None:
        return
    entry, bundle = wanted
    assert (found.sequence, found.accepted_at_us) == (entry.sequence, entry.accepted_at_us)
    assert found.state == _state(bundle, now_s)
    assert found.attempts == (bundle.attempts if bundle else 0)
    assert found.last_error == (bundle.error if bundle else "")
    assert found.acknowledged_at_us == (bundle.acknowledged_at_us if bundle else None)


def _state(bundle: ModelBundle | None, now_s: float) -> str:
    if bundle is not None and bundle.acknowledged_at_us is not None:
        return "acknowledged"
    return "leased" if bundle is not None and bundle.leased_until_s > now_s else "queued"
