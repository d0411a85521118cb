"""A SQLite queue that has lost the end of its log says so when it is opened, and goes on without mixing anything up."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from watchllm_server.clock import ManualClock
from watchllm_server.model.ledger import Settlement, minute_of
from watchllm_server.stores.queue.contract import Bundle, NewEntry, TouchedTrace
from watchllm_server.stores.queue.sqlite import SqliteQueue


class Place:
    """A queue whose files are taken as a kill leaves them, and damaged."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.folder = folder
        self._opened: list[SqliteQueue] = []

    async def open(self, name: str = "first") -> SqliteQueue:
        queue = await SqliteQueue.open(
            self.folder / name / "queue.db", clock=self.clock, max_events=1_000, max_bytes=1 << 30
        )
        self._opened.append(queue)
        return queue

    def log_bytes(self) -> int:
        return (self.folder / "first" / "queue.db-wal").stat().st_size

    async def reopen_cut(self, log_bytes: int, name: str = "second") -> SqliteQueue:
        """Open a copy of the files of the running queue, with so much of the log."""
        shutil.copytree(self.folder / "first", self.folder / name)
        os.truncate(self.folder / name / "queue.db-wal", log_bytes)
        return await self.open(name)

    async def close(self) -> None:
        for queue in self._opened:
            await queue.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path)
    yield made
    await made.close()


def entry(place: Place, *event_ids: str) -> NewEntry:
    return NewEntry(
        project_id="p", format="native.json", body=b"[]", event_ids=list(event_ids), accepted_at_us=place.clock.now_us()
    )


async def lease(queue: SqliteQueue) -> Bundle:
    bundle = await queue.lease("a", max_events=1_000, max_bytes=1 << 30, lease_s=60)
    assert bundle is not None
    return bundle


async def test_events_of_a_log_that_was_cut_are_counted_and_their_sequences_are_not_used_again(place: Place) -> None:
    queue = await place.open()
    first = await queue.enqueue(entry(place, "e1"))
    kept = place.log_bytes()
    await queue.enqueue(entry(place, "e2", "e3"))
    last = await queue.enqueue(entry(place, "e4"))
    after = await place.reopen_cut(kept)
    (loss,) = await after.list_losses()
    assert (loss.after_sequence, loss.last_sequence, loss.commits, loss.events) == (first, last, 2, 3)
    assert (await after.depth()).lost_events == 3
    assert (await after.depth()).lost_noticed_us == place.clock.now_us()
    assert await after.enqueue(entry(place, "e5")) > last
    assert [each.event_ids for each in (await lease(after)).entries] == [["e1"], ["e5"]]


async def test_a_log_that_is_damaged_in_its_middle_is_lost_from_there(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry(place, "e1"))
    kept = place.log_bytes()
    await queue.enqueue(entry(place, "e2"))
    await queue.enqueue(entry(place, "e3"))
    shutil.copytree(place.folder / "first", place.folder / "second")
    with (place.folder / "second" / "queue.db-wal").open("r+b") as log:
        log.seek(kept + 200)
        log.write(b"\xff")
    (loss,) = await (await place.open("second")).list_losses()
    assert (loss.commits, loss.events) == (2, 2)


async def test_a_whole_log_and_an_older_mark_are_no_loss(place: Place, tmp_path: Path) -> None:
    queue = await place.open()
    await queue.enqueue(entry(place, "e1"))
    older = (tmp_path / "first" / "queue.db-reached").read_bytes()
    await queue.enqueue(entry(place, "e2"))
    assert await (await place.reopen_cut(place.log_bytes())).list_losses() == []
    (tmp_path / "first" / "queue.db-reached").write_bytes(older)
    assert await (await place.reopen_cut(place.log_bytes(), "third")).list_losses() == []


@pytest.mark.parametrize(
    "mark", [b"", b"\xff" * 90, b"a 1 2 3 4", b"x" * 16 + b" 00000000000000000099" * 3 + b" 0" * 9]
)
async def test_a_mark_that_is_damaged_says_nothing(place: Place, tmp_path: Path, mark: bytes) -> None:
    queue = await place.open()
    await queue.enqueue(entry(place, "e1"))
    (tmp_path / "first" / "queue.db-reached").write_bytes(mark)
    assert await (await place.reopen_cut(place.log_bytes())).list_losses() == []


async def test_a_bundle_that_comes_back_with_other_bounds_has_another_name(place: Place) -> None:
    queue = await place.open()
    await queue.enqueue(entry(place, "e1"))
    kept = place.log_bytes()
    inserted = await lease(queue)
    after = await place.reopen_cut(kept)
    assert await after.list_losses() == [], "no event is gone"
    await after.enqueue(entry(place, "e2"))
    again = await lease(after)
    assert again.entries[0].sequence == inserted.entries[0].sequence
    assert len(again.entries) == 2
    assert again.bundle_id != inserted.bundle_id, "the event store would take it for a repetition"


async def test_what_was_found_of_a_loss_is_entered_once(place: Place) -> None:
    queue = await place.open()
    minute = minute_of(place.clock.now_us())
    await queue.enqueue(entry(place, "e1"))
    kept = place.log_bytes()
    await queue.enqueue(entry(place, "e2", "e3", "e4"))
    after = await place.reopen_cut(kept)
    (loss,) = await after.list_losses()
    found = [Settlement("p", minute, stored=1, dead_lettered=1)]
    assert await after.mend(loss, found, [TouchedTrace("p", "t")])
    assert not await after.mend(loss, found, [TouchedTrace("p", "t")])
    assert await after.list_losses() == []
    (row,) = await after.list_ledger("p", from_us=minute, to_us=minute + 1)
    assert (row.received, row.queued, row.stored, row.dead_lettered) == (3, 1, 1, 1)
    assert row.is_balanced
    assert [touched.trace_id for touched in await after.list_touched(10)] == ["t"]
    assert (await after.depth()).lost_events == 1


async def test_another_queue_at_the_same_place_is_not_measured_by_the_old_mark(place: Place, tmp_path: Path) -> None:
    queue = await place.open()
    await queue.enqueue(entry(place, "e1"))
    (tmp_path / "second").mkdir()
    shutil.copy(tmp_path / "first" / "queue.db-reached", tmp_path / "second")
    assert await (await place.open("second")).list_losses() == []
