"""The SQLite queue and its disk: nothing is accepted on the last of it; free pages inside the file count as free."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from watchllm_server.clock import ManualClock
from watchllm_server.errors import Unavailable
from watchllm_server.stores.queue.contract import NewEntry
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.stores.queue.sqlite_connection import connect
from watchllm_server.stores.queue.sqlite_disk import DiskGauge


def entry(body: bytes = b"[]") -> NewEntry:
    return NewEntry(project_id="p", format="native.json", body=body, event_ids=["e"], accepted_at_us=1 << 50)


async def test_a_disk_beyond_its_bound_is_a_refusal_before_accepting(tmp_path: Path) -> None:
    queue = await SqliteQueue.open(
        tmp_path / "queue.db", clock=ManualClock(), max_events=10, max_bytes=1 << 20, disk_stop_ratio=0.0
    )
    with pytest.raises(Unavailable) as refusal:
        await queue.enqueue(entry())
    assert refusal.value.code == "disk_full"
    assert 1 <= (refusal.value.retry_after_s or 0) <= 30
    assert (await queue.depth()).events == 0
    await queue.close()


class Disk(NamedTuple):
    """A disk of 100 MB, of which 5 MB are kept for root."""

    f_frsize: int = 1_000
    f_blocks: int = 100_000
    f_bfree: int = 15_000
    f_bavail: int = 10_000


def ask_disk(_: Path) -> Disk:
    return Disk()


def test_blocks_kept_for_root_are_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.statvfs", ask_disk)
    db = connect(tmp_path / "queue.db")
    assert DiskGauge(tmp_path, ManualClock()).used(db) == pytest.approx(1 - 10 / 95)
    db.close()


def test_pages_that_were_freed_inside_the_file_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.statvfs", ask_disk)
    db = connect(tmp_path / "queue.db")
    clock = ManualClock()
    gauge = DiskGauge(tmp_path, clock)
    db.execute("CREATE TABLE t (x BLOB)")
    db.executemany("INSERT INTO t VALUES (zeroblob(100000))", [() for _ in range(300)])
    full = gauge.used(db)
    db.execute("DELETE FROM t")
    assert gauge.used(db) == full, "remembered for a moment"
    clock.advance(1)
    assert full - gauge.used(db) == pytest.approx(30 / 95, rel=0.1)
    db.close()
