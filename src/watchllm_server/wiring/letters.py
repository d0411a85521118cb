"""The dead letters of an installation and what replays them, for a command beside its server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from watchllm_server.clock import Clock
from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import DeadLetters
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.ui_backend.replaying import Replayer
from watchllm_server.wiring.events import event_client
from watchllm_server.wiring.stores import formats, open_metadata, open_queue


@dataclass(frozen=True)
class LetterParts:
    """What a command about dead letters runs on."""

    metadata: MetadataStore
    letters: DeadLetters
    replayer: Replayer


@asynccontextmanager
async def open_letters(settings: Settings, clock: Clock) -> AsyncGenerator[LetterParts]:
    """Open the stores, and close them after. Raises SettingsError where there is no installation."""
    has_metadata = not settings.has_metadata_file or settings.metadata_path.exists()
    if not has_metadata or not (settings.has_redis_queue or settings.queue_path.exists()):
        raise SettingsError(f"there is no installation in {settings.data_dir}; start `watchllm serve` once")
    queue = await open_queue(settings, clock)
    metadata = await open_metadata(settings)
    client = event_client(settings)
    letters = ClickHouseLetters(client)
    try:
        yield LetterParts(metadata, letters, Replayer(letters, queue, formats()))
    finally:
        await client.close()
        await metadata.close()
        await queue.close()
