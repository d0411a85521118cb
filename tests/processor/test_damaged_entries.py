"""An entry that was damaged in the queue becomes dead letters; the rest of its bundle is stored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.processor.pipe import LineFormat, Pipe

from watchllm_server.dialects.contract import Limits
from watchllm_server.processor.handlers import Handlers
from watchllm_server.stores.events.contract import DeadLetter
from watchllm_server.stores.events.letters import ClickHouseLetters

LATER_US = 1 << 60


def change(folder: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "queue.db", isolation_level=None)) as db:
        assert db.execute(sql, values).rowcount == 1


def damage_body(folder: Path, sequence: int) -> None:
    """Change one letter of the text, which a short body holds as it is."""
    with closing(sqlite3.connect(folder / "queue.db", isolation_level=None)) as db:
        (body,) = db.execute("SELECT body FROM bodies WHERE sequence = ?", (sequence,)).fetchone()
        assert body.count(b"event_id") == 1
        changed = body.replace(b"event_id", b"evenT_id")
        db.execute("UPDATE bodies SET body = ? WHERE sequence = ?", (changed, sequence))


async def letter_of(pipe: Pipe, event_id: str) -> DeadLetter:
    letter = await ClickHouseLetters(pipe.client).find_letter(pipe.project_id, event_id)
    assert letter is not None
    return letter


async def reconcile(pipe: Pipe) -> None:
    handlers = Handlers({LineFormat.name: LineFormat()}, Limits())
    await pipe.reconciler(handlers).check_round(LATER_US)


async def test_a_damaged_body_makes_dead_letters_of_its_events_and_holds_back_no_other(
    pipe: Pipe, tmp_path: Path
) -> None:
    await pipe.send({"event_id": "e1"})
    damaged = await pipe.send({"event_id": "e2"}, {"event_id": "e3"})
    await pipe.send({"event_id": "e4"})
    damage_body(tmp_path, damaged)
    await pipe.work(pipe.worker())
    assert [row["event_id"] for row in await pipe.stored()] == ["e1", "e4"]
    assert await pipe.ledger() == (0, 2, 0, 2)
    first, second = await letter_of(pipe, "e2"), await letter_of(pipe, "e3")
    assert first.code == second.code == "queue_damaged"
    assert first.content == '[{"evenT_id": "e2"}, {"evenT_id": "e3"}]', "what is left can be read"
    assert second.content == ""
    assert not first.is_replayable
    # Neither the reconciliation nor another attempt makes anything of it.
    await reconcile(pipe)
    assert [row["event_id"] for row in await pipe.stored()] == ["e1", "e4"]


async def test_damaged_ids_make_dead_letters_under_what_can_be_read(pipe: Pipe, tmp_path: Path) -> None:
    damaged = await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    await pipe.send({"event_id": "e3"})
    change(tmp_path, "UPDATE bodies SET event_ids = CAST(x'65310aff' AS TEXT) WHERE sequence = ?", damaged)
    await pipe.work(pipe.worker())
    assert [row["event_id"] for row in await pipe.stored()] == ["e3"]
    letter = await letter_of(pipe, "\ufffd")
    assert (letter.code, "may be wrong" in letter.message) == ("queue_damaged", True)
    assert (await letter_of(pipe, "e1")).content == '[{"event_id": "e1"}, {"event_id": "e2"}]'
    assert (await pipe.queue.depth()).events == 0


async def test_an_entry_of_which_nothing_is_left_is_counted(pipe: Pipe, tmp_path: Path) -> None:
    damaged = await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    change(tmp_path, "DELETE FROM bodies WHERE sequence = ?", damaged)
    await pipe.work(pipe.worker())
    assert (await letter_of(pipe, f"lost-{damaged}-1")).code == "queue_damaged"


async def test_a_time_that_no_column_takes_holds_back_nothing(pipe: Pipe, tmp_path: Path) -> None:
    damaged = await pipe.send({"event_id": "e1"})
    change(tmp_path, "UPDATE entries SET accepted_at_us = ? WHERE sequence = ?", 2**62, damaged)
    await pipe.work(pipe.worker())
    assert (await letter_of(pipe, "e1")).accepted_at_us == damaged
    assert (await pipe.queue.depth()).events == 0


async def test_an_entry_that_was_damaged_after_it_was_stored_changes_nothing(pipe: Pipe, tmp_path: Path) -> None:
    sequence = await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    await pipe.work(pipe.worker())
    damage_body(tmp_path, sequence)
    change(tmp_path, "UPDATE bodies SET event_ids = 'e1' || char(10) || 'e9' WHERE sequence = ?", sequence)
    await reconcile(pipe)
    assert len(await pipe.stored()) == 2
    letters = await pipe.client.read_rows(
        "SELECT event_id FROM dead_letters WHERE project_id = {p:String}", {"p": pipe.project_id}
    )
    assert letters == []


async def test_an_event_that_store_and_queue_have_lost_is_a_dead_letter(pipe: Pipe, tmp_path: Path) -> None:
    sequence = await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    await pipe.work(pipe.worker())
    damage_body(tmp_path, sequence)
    await pipe.client.write(
        "DELETE FROM events WHERE project_id = {p:String} AND event_id = 'e2'", {"p": pipe.project_id}
    )
    await reconcile(pipe)
    assert (await letter_of(pipe, "e2")).code == "queue_damaged"
    assert [row["event_id"] for row in await pipe.stored()] == ["e1"]
