"""The pipe that tests of the processor work on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.processor.pipe import Pipe

from watchllm_server.clock import ManualClock
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.metadata.sqlite import SqliteMetadata
from watchllm_server.stores.queue.sqlite import SqliteQueue


@pytest.fixture
async def pipe(event_store: Client, tmp_path: Path) -> AsyncIterator[Pipe]:
    clock = ManualClock()
    queue = await SqliteQueue.open(tmp_path / "queue.db", clock=clock, max_events=10**6, max_bytes=1 << 30)
    metadata = await SqliteMetadata.open(tmp_path / "metadata.db")
    yield Pipe(queue, event_store, metadata, clock)
    await metadata.close()
    await queue.close()
