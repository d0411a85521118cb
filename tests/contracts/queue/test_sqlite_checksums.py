"""The SQLite queue tells entries that are not as they were accepted, whatever a bad disk has made of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from watchllm_server.clock import ManualClock
from watchllm_server.errors import SettingsError
from watchllm_server.stores.queue.contract import Bundle, NewEntry, TouchedTrace
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.stores.queue.sqlite_schema import VERSION

AT_US: Final = 1_795_000_000_000_000
BODY: Final = b'[{"text": "' + b"abcdefgh" * 200 + b'"}]'
# What a version before schema 1 has made, for an upgrade.
FORMER_BODIES: Final = """
DROP TABLE bodies;
CREATE TABLE bodies (sequence INTEGER PRIMARY KEY, event_ids TEXT NOT NULL, body BLOB NOT NULL) STRICT;
PRAGMA user_version = 0;
"""


async def open_queue(folder: Path, clock: ManualClock) -> SqliteQueue:
    return await SqliteQueue.open(folder / "queue.db", clock=clock, max_events=1_000, max_bytes=1 << 30)


async def lease(queue: SqliteQueue, owner: str = "a") -> Bundle:
    bundle = await queue.lease(owner, max_events=1_000, max_bytes=1 << 30, lease_s=1)
    assert bundle is not None
    return bundle


async def enqueue(queue: SqliteQueue, *event_ids: str, body: bytes = BODY) -> int:
    return await queue.enqueue(
        NewEntry(
            project_id="p", format="native.json", body=body, event_ids=list(event_ids),
            accepted_at_us=ManualClock().now_us(),
        )
    )  # fmt: skip


def change(folder: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "queue.db", isolation_level=None)) as db:
        # What a flipped bit makes asks no table whether it may.
        db.execute("PRAGMA ignore_check_constraints = ON")
        assert db.execute(sql, values).rowcount == 1


def column(folder: Path, table: str, name: str, sequence: int) -> Any:
    with closing(sqlite3.connect(folder / "queue.db")) as db:
        return db.execute(f"SELECT {name} FROM {table} WHERE sequence = ?", (sequence,)).fetchone()[0]


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


async def test_every_flipped_bit_of_a_body_is_told_and_its_events_are_known_by_name(tmp_path: Path) -> None:
    clock = ManualClock()
    queue = await open_queue(tmp_path, clock)
    damaged, intact = await enqueue(queue, "e1", "e2"), await enqueue(queue, "e3")
    body = column(tmp_path, "bodies", "body", damaged)
    for bit in range(len(body) * 8):
        change(tmp_path, "UPDATE bodies SET body = ? WHERE sequence = ?", flipped(body, bit), damaged)
        clock.advance(2)
        first, second = (await lease(queue)).entries
        assert first.damage, bit
        assert (first.event_ids, first.project_id) == (["e1", "e2"], "p")
        assert (second.sequence, second.damage, second.body) == (intact, "", BODY)
    change(tmp_path, "UPDATE bodies SET body = ? WHERE sequence = ?", body, damaged)
    clock.advance(2)
    assert (await lease(queue)).entries[0].body == BODY
    await queue.close()


@pytest.mark.parametrize(
    ("table", "name", "value"),
    [
        ("entries", "project_id", "q"),
        ("entries", "format", "native.jsoo"),
        ("entries", "accepted_at_us", 2**62),
        ("bodies", "event_ids", "e1\ne3"),
        ("bodies", "event_ids", ""),
        ("bodies", "head_checksum", 7),
    ],
)
async def test_a_changed_head_is_told(tmp_path: Path, table: str, name: str, value: Any) -> None:
    queue = await open_queue(tmp_path, ManualClock())
    sequence = await enqueue(queue, "e1", "e2")
    change(tmp_path, f"UPDATE {table} SET {name} = ? WHERE sequence = ?", value, sequence)
    (entry,) = (await lease(queue)).entries
    assert "may be wrong" in entry.damage
    assert len(entry.event_ids) == 2
    assert abs(entry.accepted_at_us - sequence) < 86_400 * 1_000_000, "a column takes it"
    await queue.close()


async def test_ids_that_are_no_text_any_more_end_nobody(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path, ManualClock())
    sequence = await enqueue(queue, "e1", "e2")
    change(tmp_path, "UPDATE bodies SET event_ids = CAST(x'65ff0a6532' AS TEXT) WHERE sequence = ?", sequence)
    bundle = await lease(queue)
    assert bundle.entries[0].damage
    assert bundle.entries[0].event_ids == ["e\ufffd", "e2"]
    await queue.acknowledge(bundle, [], [])
    (settled,) = await queue.list_unchecked(acknowledged_before_us=2**62, max_events=10)
    assert settled.event_ids == {}, "nobody can look for them"
    await queue.close()


async def test_an_entry_without_its_body_is_told(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path, ManualClock())
    sequence = await enqueue(queue, "e1", "e2")
    change(tmp_path, "DELETE FROM bodies WHERE sequence = ?", sequence)
    (entry,) = (await lease(queue)).entries
    assert entry.damage
    assert entry.event_ids == [f"lost-{sequence}-0", f"lost-{sequence}-1"]
    await queue.close()


async def test_a_body_that_was_written_to_another_place_is_told(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path, ManualClock())
    first, second = await enqueue(queue, "e1"), await enqueue(queue, "e2", body=b"[2]")
    body, checksum = (column(tmp_path, "bodies", name, first) for name in ("body", "body_checksum"))
    change(tmp_path, "UPDATE bodies SET body = ?, body_checksum = ? WHERE sequence = ?", body, checksum, second)
    assert [bool(entry.damage) for entry in (await lease(queue)).entries] == [False, True]
    await queue.close()


async def test_a_damaged_plan_is_none_and_damaged_traces_are_looked_for_by_ids(tmp_path: Path) -> None:
    clock = ManualClock()
    queue = await open_queue(tmp_path, clock)
    sequence = await enqueue(queue, "e1")
    await queue.record_plan(await lease(queue), [("p", "e1")], [])
    clock.advance(2)
    assert (await lease(queue)).repeats == {("p", "e1")}
    change(tmp_path, "UPDATE bundles SET plan = CAST(plan || x'00' AS BLOB) WHERE bundle_id = ?", sequence)
    clock.advance(2)
    bundle = await lease(queue)
    assert bundle.repeats is None
    await queue.acknowledge(bundle, [], [TouchedTrace("p", "t")])
    change(tmp_path, "UPDATE settled SET traces = x'92ff' WHERE bundle_id = ?", sequence)
    (settled,) = await queue.list_unchecked(acknowledged_before_us=2**62, max_events=10)
    assert (settled.event_ids, settled.traces) == ({"p": ["e1"]}, [])
    await queue.close()


async def test_a_file_without_checksums_is_opened_and_what_it_holds_is_taken_as_it_is(tmp_path: Path) -> None:
    clock = ManualClock()
    queue = await open_queue(tmp_path, clock)
    sequence = await enqueue(queue, "e1", "e2")
    await queue.record_plan(await lease(queue), [], [])
    body = column(tmp_path, "bodies", "body", sequence)
    await queue.close()
    with closing(sqlite3.connect(tmp_path / "queue.db")) as db:
        db.executescript(FORMER_BODIES)
        db.execute("INSERT INTO bodies VALUES (?, ?, ?)", (sequence, "e1\ne2", body))
        db.execute("UPDATE bundles SET plan = ?", (b"former plan",))
        db.commit()
    queue = await open_queue(tmp_path, clock)
    clock.advance(2)
    bundle = await lease(queue)
    assert bundle.repeats is None
    assert [(entry.damage, entry.event_ids, entry.body) for entry in bundle.entries] == [("", ["e1", "e2"], BODY)]
    await queue.acknowledge(bundle, [], [])
    newer = await enqueue(queue, "e3")
    change(tmp_path, "UPDATE bodies SET body = ? WHERE sequence = ?", flipped(body, 99), newer)
    assert (await lease(queue)).entries[0].damage
    await queue.close()


async def test_a_damaged_body_without_a_checksum_that_is_no_frame_any_more_is_told(tmp_path: Path) -> None:
    queue = await open_queue(tmp_path, ManualClock())
    sequence = await enqueue(queue, "e1")
    change(tmp_path, "UPDATE bodies SET body = x'00', body_checksum = NULL WHERE sequence = ?", sequence)
    assert (await lease(queue)).entries[0].damage
    await queue.close()


async def test_a_file_of_a_later_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    await (await open_queue(tmp_path, ManualClock())).close()
    with closing(sqlite3.connect(tmp_path / "queue.db")) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(SettingsError, match="later version"):
        await open_queue(tmp_path, ManualClock())
