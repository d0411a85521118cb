"""A SQLite queue with a damaged page: everybody stops, nobody opens it, and what can be read of it goes on."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from watchllm_server.clock import ManualClock
from watchllm_server.errors import SettingsError, Unavailable
from watchllm_server.stores.queue.contract import NewEntry
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.stores.queue.sqlite_salvage import find_damage, salvage
from watchllm_server.stores.queue.sqlite_trust import FAILED_RETRY_S

ENTRIES: Final = 60
NOW_US: Final = ManualClock().now_us()


async def open_queue(path: Path, clock: ManualClock | None = None) -> SqliteQueue:
    return await SqliteQueue.open(path, clock=clock or ManualClock(), max_events=100_000, max_bytes=1 << 30)


def random_text(seed: int) -> bytes:
    return random.Random(seed).randbytes(3_000)


async def filled(folder: Path) -> Path:
    """Return a closed queue: some acknowledged entries, some in an open bundle, some new ones."""
    path = folder / "queue.db"
    queue = await open_queue(path)
    for number in range(ENTRIES):
        await queue.enqueue(
            NewEntry(
                project_id="p", format="native.json", body=random_text(number), event_ids=[f"a{number}", f"b{number}"],
                accepted_at_us=NOW_US,
            )
        )  # fmt: skip
    for is_settled in (True, False):
        bundle = await queue.lease("a", max_events=ENTRIES // 2, max_bytes=1 << 30, lease_s=60)
        assert bundle is not None
        if is_settled:
            await queue.acknowledge(bundle, [], [])
    await queue.close()
    return path


def pages(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA page_count").fetchone()[0], db.execute("PRAGMA page_size").fetchone()[0]


def overwrite(path: Path, page: int, page_size: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * page_size)
        file.write(b"\xa5" * page_size)


async def waiting_ids(path: Path) -> tuple[set[str], int]:
    """Return the ids that a lease gives whole, and how many events it gives of damaged entries."""
    queue = await open_queue(path)
    whole: set[str] = set()
    damaged = 0
    while bundle := await queue.lease("b", max_events=10, max_bytes=1 << 30, lease_s=60):
        for entry in bundle.entries:
            if entry.damage:
                damaged += len(entry.event_ids)
            else:
                assert entry.body == random_text(int(entry.event_ids[0][1:]))
                whole.update(entry.event_ids)
        await queue.acknowledge(bundle, [], [])
    depth = await queue.depth()
    assert (depth.entries, depth.events, depth.bytes) == (0, 0, 0)
    await queue.close()
    return whole, damaged


async def test_whichever_page_is_damaged_what_can_be_read_goes_on_and_the_rest_is_counted(tmp_path: Path) -> None:
    original = await filled(tmp_path / "original")
    count, size = pages(original)
    assert count > 60
    waits = ENTRIES * 2 - ENTRIES // 2
    met = 0
    # The first page says what the file is: without it nothing can be read.
    for page in range(2, count + 1, 3):
        folder = tmp_path / f"page-{page}"
        shutil.copytree(original.parent, folder)
        path = folder / "queue.db"
        overwrite(path, page, size)
        assert find_damage(path), page
        done = salvage(path, tmp_path / "quarantine" / str(page), NOW_US)
        assert (done.moved_to / "queue.db").read_bytes().count(b"\xa5" * size) == 1, "as it was found"
        assert find_damage(path) == ""
        whole, damaged = await waiting_ids(path)
        assert len(whole) + damaged == done.waiting_events
        if done.lost_events is not None:
            assert done.waiting_events + done.lost_events >= waits, page
        met += len(whole) < waits
        shutil.rmtree(folder)
    assert met > 0, "no page of what waits was met"


async def test_without_its_first_page_everything_is_gone_and_the_queue_begins_anew(tmp_path: Path) -> None:
    path = await filled(tmp_path / "q")
    overwrite(path, 1, 4_096)
    with pytest.raises(SettingsError, match="watchllm quarantine"):
        await open_queue(path)
    done = salvage(path, tmp_path / "quarantine", NOW_US)
    assert (done.entries, done.lost_events) == (0, None)
    assert await waiting_ids(path) == (set(), 0)
    queue = await open_queue(path)
    sequence = await queue.enqueue(
        NewEntry(project_id="p", format="f", body=b"[]", event_ids=["e"], accepted_at_us=NOW_US)
    )
    assert sequence > NOW_US + ENTRIES - 1, "after all that were given"
    await queue.close()


async def test_an_undamaged_queue_loses_nothing(tmp_path: Path) -> None:
    path = await filled(tmp_path / "q")
    assert find_damage(path) == ""
    done = salvage(path, tmp_path / "quarantine", NOW_US)
    assert (done.entries, done.without_body, done.lost_events) == (ENTRIES, 0, 0)
    whole, damaged = await waiting_ids(path)
    assert (len(whole), damaged) == (ENTRIES * 2 - ENTRIES // 2, 0)


async def test_a_damaged_page_stops_every_process_and_every_start(tmp_path: Path) -> None:
    path = await filled(tmp_path / "q")
    count, size = pages(path)
    content = path.read_bytes()
    for page in range(2, count + 1):
        # What tells the tables stays: without it, nothing can be opened at all.
        if b"CREATE " not in content[(page - 1) * size : page * size]:
            overwrite(path, page, size)
    ingest, processor = open_queue_unchecked(path), open_queue_unchecked(path)
    stopping = asyncio.create_task(ingest.wait_failed())
    with pytest.raises(Unavailable, match="watchllm quarantine") as caught:
        await processor.lease("b", max_events=10, max_bytes=1 << 30, lease_s=60)
    assert caught.value.retry_after_s == FAILED_RETRY_S
    assert "is damaged" in await asyncio.wait_for(stopping, 5), "told to the other process"
    with pytest.raises(Unavailable):
        await ingest.depth()
    await asyncio.gather(ingest.close(), processor.close())
    with pytest.raises(SettingsError, match="watchllm quarantine"):
        await open_queue(path)


def open_queue_unchecked(path: Path) -> SqliteQueue:
    """Open a queue whose damage is met only later, as that of a page in its middle."""
    return SqliteQueue(path, clock=ManualClock(), max_events=100_000, max_bytes=1 << 30)
