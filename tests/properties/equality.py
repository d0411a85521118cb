"""Fault D-40: one story in any delivery gives what the plainest delivery gives."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.deliveries import deliveries, stories, whole
from tests.properties.patience import patient
from tests.properties.pipeline import Pipeline
from watchllm_server.clock import ManualClock
from watchllm_server.settings import Settings
from watchllm_server.stores.metadata.sqlite import SqliteMetadata
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.wiring.events import event_client, migrate_event_store


def check_any_delivery(settings: Settings, folder: Path, examples: int) -> None:
    """Deliver drawn stories in drawn ways, each into a new project of the running engine."""
    clock = ManualClock()
    with asyncio.Runner() as runner:
        client = event_client(settings)
        runner.run(migrate_event_store(client))
        queue = runner.run(SqliteQueue.open(folder / "queue.db", clock=clock, max_events=10**6, max_bytes=1 << 30))
        metadata = runner.run(SqliteMetadata.open(folder / "metadata.db"))
        pipeline = Pipeline(queue, client, metadata, clock)

        @patient(examples)
        @given(data=st.data())
        def check(data: st.DataObject) -> None:
            story = data.draw(stories())
            delivery = data.draw(deliveries(story))
            plain = runner.run(pipeline.outcome_of(whole(story)))
            assert sorted(row["event_id"] for row in plain.events) == sorted(sent.event_id for sent in story)
            assert sum(row["event_count"] for row in plain.summaries) == len(story)
            assert plain.ledger == (len(story), 0, 0, 0)
            drawn = runner.run(pipeline.outcome_of(delivery))
            assert (drawn.events, drawn.summaries, drawn.letters) == (plain.events, plain.summaries, [])
            sent = sum(map(len, delivery.batches))
            assert drawn.ledger == (len(story), sent - len(story), 0, 0)

        try:
            check()
        finally:
            runner.run(metadata.close())
            runner.run(queue.close())
            runner.run(client.close())
