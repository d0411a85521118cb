"""After the queue has lost the end of its log, what the event store has is in the ledger and the summaries again."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from tests.processor.pipe import AT_US, Pipe

from watchllm_server.model.ledger import minute_of
from watchllm_server.processor.losses import LossMender
from watchllm_server.processor.summaries import Summaries
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.queue.sqlite import SqliteQueue


async def reopened_cut(pipe: Pipe, folder: Path, log_bytes: int) -> Pipe:
    """Return a pipe over a copy of the queue that has so much of its log, and over the same event store."""
    copy = folder / "copy"
    shutil.copytree(folder, copy)
    os.truncate(copy / "queue.db-wal", log_bytes)
    queue = await SqliteQueue.open(copy / "queue.db", clock=pipe.clock, max_events=10**6, max_bytes=1 << 30)
    again = Pipe(queue, pipe.client, pipe.metadata, pipe.clock)
    again.project_id = pipe.project_id
    return again


async def test_stored_events_that_the_queue_has_lost_are_counted_and_summed_up(pipe: Pipe, tmp_path: Path) -> None:
    # Every test has a queue of its own over one event store: its versions must be those of nobody else.
    pipe.clock.jump(86_400 * random.randrange(1_000, 30_000))
    await pipe.send({"event_id": "e1"})
    await pipe.work(pipe.worker())
    await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()
    kept = (tmp_path / "queue.db-wal").stat().st_size
    await pipe.send({"event_id": "e2"}, {"event_id": "e3", "trace_id": "u"}, {"event_id": "e4", "bad": True})
    await pipe.work(pipe.worker())
    await pipe.send({"event_id": "e5"}, {"event_id": "e6"})
    after = await reopened_cut(pipe, tmp_path, kept)
    assert await after.ledger() == (0, 1, 0, 0)
    await LossMender(after.queue, after.writer).mend_all()
    assert await after.ledger() == (0, 3, 0, 1)
    assert (await after.queue.depth()).lost_events == 2, "e5 and e6 are nowhere"
    await Summaries(after.queue, after.writer, after.clock).compute_round()
    for trace_id, count in (("t", 2), ("u", 1)):
        summary = await ClickHouseReader(after.client).get_trace(after.project_id, trace_id)
        assert summary is not None
        assert summary["event_count"] == count
    await after.queue.close()


async def test_a_bundle_whose_acknowledgement_is_lost_is_stored_once_and_is_no_repeat(
    pipe: Pipe, tmp_path: Path
) -> None:
    await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    kept = (tmp_path / "queue.db-wal").stat().st_size
    await pipe.work(pipe.worker())
    after = await reopened_cut(pipe, tmp_path, kept)
    # Accepted after the loss, and leased with what was stored before it.
    await after.send({"event_id": "e3"})
    await after.work(after.worker())
    assert [row["event_id"] for row in await after.stored()] == ["e1", "e2", "e3"]
    assert await after.ledger() == (0, 3, 0, 0)
    await after.queue.close()


async def test_without_a_loss_nothing_is_looked_for(pipe: Pipe) -> None:
    await pipe.send({"event_id": "e1"})
    await LossMender(pipe.queue, pipe.writer).mend_all()
    (row,) = await pipe.queue.list_ledger(pipe.project_id, from_us=minute_of(AT_US), to_us=minute_of(AT_US) + 1)
    assert (row.received, row.queued) == (1, 1)
