"""Deletions come to their end whatever is on its way, and nothing deleted comes back."""

from __future__ import annotations

import asyncio

import pytest
from tests.contracts.events.scrubbing import scrubbed
from tests.processor.pipe import AT_US, LineFormat, Pipe

from watchllm_server.dialects.contract import Limits
from watchllm_server.model.audit import AuditEntry
from watchllm_server.model.deletion import Deletion, DeletionKind
from watchllm_server.model.project import Project
from watchllm_server.processor.erasing import KNOWN_AFTER_S, Eraser
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.summaries import Summaries

LATER_US = 1 << 60


class Erasing:
    """A pipe with a project that exists, and the loop that is under test, a round at a time."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.summaries = Summaries(pipe.queue, pipe.writer, pipe.clock)
        self.eraser = self.restarted()
        self.handlers = Handlers({LineFormat.name: LineFormat()}, Limits())

    def restarted(self) -> Eraser:
        """Return the loop of a new process."""
        pipe = self.pipe
        self.eraser = Eraser(pipe.queue, pipe.eraser, pipe.metadata, self.summaries, pipe.clock, restore_s=10)
        return self.eraser

    async def ask(self, kind: DeletionKind, subject: str) -> None:
        edges = await self.pipe.queue.edges()
        project_id = self.pipe.project_id
        await self.pipe.metadata.add_deletion(
            Deletion(
                deletion_id=f"del_{subject}", project_id=project_id, kind=kind, subject=subject, requested_by="",
                requested_at_us=self.pipe.clock.now_us(), last_sequence=edges.last,
            ),
            entry(project_id),
        )  # fmt: skip

    async def store_waiting(self) -> None:
        """Store what is queued and sum it up."""
        while (await self.pipe.queue.depth()).entries:
            await self.pipe.work(self.pipe.worker())
        while await self.summaries.compute_round():
            pass

    async def round(self, *, after_s: float = 0.0) -> str:
        """Run a round after a while; returns how far the newest deletion is."""
        self.pipe.clock.advance(after_s)
        await self.eraser.run_round()
        await scrubbed(self.pipe.eraser)
        await self.eraser.run_round()
        return (await self.pipe.metadata.list_deletions(self.pipe.project_id, limit=1))[0].state

    async def purge(self) -> None:
        """Let the period of grace pass."""
        await self.pipe.reconciler(self.handlers).check_round(LATER_US)
        await self.pipe.queue.purge(acknowledged_before_us=LATER_US, limit=1_000)

    async def summary(self, trace_id: str) -> dict[str, object] | None:
        sql = (
            "SELECT event_count, user_id FROM traces FINAL WHERE project_id = {p:String} AND trace_id = {t:String}"
            " AND NOT is_deleted"
        )
        found = await self.pipe.client.read_rows(sql, {"p": self.pipe.project_id, "t": trace_id})
        return found[0] if found else None


def entry(project_id: str) -> AuditEntry:
    return AuditEntry(
        at_us=AT_US, project_id=project_id, actor_kind="operator", actor_id="", address="", action="traces:delete",
        object_kind="trace", object_id="",
    )  # fmt: skip


@pytest.fixture
async def erasing(pipe: Pipe) -> Erasing:
    await pipe.metadata.add_project(Project(project_id=pipe.project_id, name="p", created_at_us=AT_US), None)
    return Erasing(pipe)


async def ids(pipe: Pipe) -> list[str]:
    return [row["event_id"] for row in await pipe.stored()]


async def test_a_deletion_goes_through_its_states_as_the_queue_lets_it(erasing: Erasing) -> None:
    pipe = erasing.pipe
    await pipe.send({"event_id": "a1", "trace_id": "a"}, {"event_id": "b1", "trace_id": "b"})
    await erasing.store_waiting()
    await pipe.send({"event_id": "a2", "trace_id": "a"}, {"event_id": "b2", "trace_id": "b"})
    await erasing.ask("trace", "a")
    assert await erasing.round() == "requested"
    # What was there is gone at once, though more of it waits.
    assert await ids(pipe) == ["b1"]
    assert await erasing.round(after_s=KNOWN_AFTER_S) == "requested"
    await erasing.store_waiting()
    assert await erasing.round() == "erased"
    assert await ids(pipe) == ["b1", "b2"]
    assert await erasing.summary("a") is None
    await erasing.purge()
    assert await erasing.round() == "finished"
    assert await pipe.metadata.list_unfinished_deletions() == []
    assert await pipe.ledger() == (0, 4, 0, 0)


async def test_what_comes_late_for_a_deleted_trace_is_dropped_and_said_so(erasing: Erasing) -> None:
    pipe = erasing.pipe
    await erasing.ask("trace", "a")
    await pipe.send({"event_id": "a1", "trace_id": "a"}, {"event_id": "b1", "trace_id": "b"})
    await erasing.store_waiting()
    assert await ids(pipe) == ["b1"]
    assert await pipe.ledger() == (0, 2, 0, 0)
    # Nobody takes it for lost.
    assert await pipe.reconciler(erasing.handlers).check_round(LATER_US) == 1
    assert await ids(pipe) == ["b1"]
    assert await pipe.writer.find_known_ids(pipe.project_id, ["a1"]) == {"a1"}


async def test_a_processor_that_had_begun_does_not_bring_a_trace_back(erasing: Erasing) -> None:
    pipe = erasing.pipe
    worker = pipe.worker()
    await pipe.send({"event_id": "b1", "trace_id": "b"})
    await pipe.work(worker)
    await pipe.send({"event_id": "a1", "trace_id": "a"})
    await erasing.ask("trace", "a")
    assert await erasing.round() == "requested"
    # It knows what it knew a moment ago, and stores the event.
    await pipe.work(worker)
    assert "a1" in await ids(pipe)
    assert await erasing.round(after_s=KNOWN_AFTER_S) == "erased"
    assert await ids(pipe) == ["b1"]


async def test_erased_events_are_not_stored_again_by_whoever_looks_for_lost_ones(erasing: Erasing) -> None:
    pipe = erasing.pipe
    await pipe.send({"event_id": "u1", "trace_id": "t", "user_id": "u"}, {"event_id": "u2", "trace_id": "t"})
    await erasing.store_waiting()
    await erasing.ask("end_user", "u")
    await erasing.round()
    assert await ids(pipe) == []
    await pipe.queue.uncheck()
    assert await pipe.reconciler(erasing.handlers).check_round(LATER_US) == 1
    assert await ids(pipe) == []


async def test_an_end_user_may_come_back(erasing: Erasing) -> None:
    pipe = erasing.pipe
    await pipe.send({"event_id": "u1", "trace_id": "t", "user_id": "u"})
    await pipe.send({"event_id": "v1", "trace_id": "t", "user_id": "v"})
    await erasing.ask("end_user", "u")
    await pipe.send({"event_id": "u2", "trace_id": "t", "user_id": "u"})
    await erasing.store_waiting()
    await erasing.round()
    assert await erasing.round(after_s=KNOWN_AFTER_S) == "erased"
    await erasing.store_waiting()
    assert await ids(pipe) == ["u2", "v1"]
    summary = await erasing.summary("t")
    assert summary is not None
    assert summary["event_count"] == 2
    await erasing.purge()
    assert await erasing.round() == "finished"


async def test_a_new_process_goes_on_where_the_last_one_was(erasing: Erasing) -> None:
    pipe = erasing.pipe
    await pipe.send({"event_id": "a1", "trace_id": "a"})
    await erasing.store_waiting()
    await erasing.ask("trace", "a")
    await erasing.round()
    erasing.restarted()
    await erasing.round()
    assert await erasing.round(after_s=KNOWN_AFTER_S) == "erased"
    await erasing.purge()
    erasing.restarted()
    await erasing.round()
    assert await erasing.round(after_s=KNOWN_AFTER_S) == "finished"


async def test_a_deleted_project_goes_when_its_time_has_passed(erasing: Erasing) -> None:
    pipe = erasing.pipe
    await pipe.send({"event_id": "a1", "trace_id": "a"}, {"event_id": "bad", "bad": True})
    await erasing.store_waiting()
    await pipe.metadata.delete_project(pipe.project_id, pipe.clock.now_us(), entry(pipe.project_id))
    pipe.clock.advance(9)
    await erasing.eraser.run_round()
    assert await ids(pipe) == ["a1"]
    assert await erasing.round(after_s=1) == "requested"
    assert await ids(pipe) == []
    # Something was accepted in the last moment, before the keys died.
    await pipe.send({"event_id": "a2", "trace_id": "a"}, {"event_id": "worse", "bad": True})
    await erasing.store_waiting()
    assert await erasing.round(after_s=KNOWN_AFTER_S) == "erased"
    assert await ids(pipe) == []
    await erasing.purge()
    assert await erasing.round() == "finished"
    gone = await pipe.metadata.find_project(pipe.project_id)
    assert gone is not None
    assert gone.name == ""
    assert await pipe.queue.list_ledger(pipe.project_id, from_us=0, to_us=LATER_US) == []
    letters = await pipe.client.read_rows(
        "SELECT event_id FROM dead_letters WHERE project_id = {p:String}", {"p": pipe.project_id}
    )
    assert letters == []


async def test_a_stop_does_not_wait_for_the_engine(erasing: Erasing, monkeypatch: pytest.MonkeyPatch) -> None:
    await erasing.ask("trace", "a")
    began = asyncio.Event()

    async def takes_for_ever(project_id: str, trace_id: str) -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(erasing.pipe.eraser, "erase_trace", takes_for_ever)
    stop = asyncio.Event()
    running = asyncio.create_task(erasing.eraser.run(stop))
    await began.wait()
    stop.set()
    await asyncio.wait_for(running, 2)
    # Nobody is held back by it any more.
    assert await asyncio.wait_for(erasing.summaries.compute_round(), 2) == 0
