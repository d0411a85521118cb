"""The queue, the metadata store and the counters that the settings name, and the body formats that entries may have.

Drivers of servers are loaded where a setting names one: each takes a tenth of a second of every start.
"""

from __future__ import annotations

from functools import partial

from watchllm_server.clock import Clock
from watchllm_server.dialects.contract import Format, Limits
from watchllm_server.dialects.langfuse_scores import LangfuseScores
from watchllm_server.dialects.native import NativeJson
from watchllm_server.dialects.otlp import OtlpLogsJson, OtlpLogsProtobuf, OtlpTracesJson, OtlpTracesProtobuf
from watchllm_server.security.tokens import keyed_hash
from watchllm_server.settings import Settings
from watchllm_server.stores.counters.contract import Counters
from watchllm_server.stores.counters.contract.fallback import FallbackCounters
from watchllm_server.stores.counters.memory import MemoryCounters
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.metadata.sqlite import SqliteMetadata
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.stores.queue.sqlite import SqliteQueue
from watchllm_server.stores.queue.sqlite_salvage import Salvaged, find_damage, salvage


def formats() -> dict[str, Format]:
    """Return every body format that the queue may hold, by name."""
    readers: tuple[Format, ...] = (
        NativeJson(),
        OtlpTracesProtobuf(),
        OtlpTracesJson(),
        OtlpLogsProtobuf(),
        OtlpLogsJson(),
        LangfuseScores(),
    )
    return {reader.name: reader for reader in readers}


def limits_of(settings: Settings) -> Limits:
    """Return the bounds of requests and events."""
    return Limits(
        max_events=settings.max_batch_events,
        max_event_bytes=settings.max_event_bytes,
        max_text_bytes=settings.max_text_bytes,
        max_depth=settings.max_depth,
        max_attributes=settings.max_attributes,
    )


async def open_queue(settings: Settings, clock: Clock) -> Queue:
    """Open the queue that `settings.queue` names. Raises SettingsError when it cannot keep what it is given."""
    if settings.has_redis_queue:
        from watchllm_server.stores.queue.redis import RedisQueue

        return await RedisQueue.open(
            settings.queue_url,
            clock=clock,
            max_events=settings.queue_max_events,
            max_bytes=settings.queue_max_bytes,
            max_rejected=settings.rejected_ids_max,
            rejected_s=settings.rejected_ids_s,
            accepts_one_second_loss=settings.accept_one_second_loss,
        )
    return await SqliteQueue.open(
        settings.queue_path,
        clock=clock,
        max_events=settings.queue_max_events,
        max_bytes=settings.queue_max_bytes,
        disk_stop_ratio=settings.disk_stop_ratio,
        max_rejected=settings.rejected_ids_max,
        rejected_s=settings.rejected_ids_s,
    )


def queue_damage(settings: Settings) -> str:
    """Return what is wrong with the files of the queue; reads all of them. Nobody may have them open."""
    return find_damage(settings.queue_path)


def salvage_queue(settings: Settings, clock: Clock) -> Salvaged:
    """Move the queue's files to `quarantine/` and begin again with what can be read of them."""
    return salvage(settings.queue_path, settings.data_dir / "quarantine", clock.now_us())


async def open_metadata(settings: Settings) -> MetadataStore:
    """Open the metadata store that `settings.metadata` names."""
    if settings.has_metadata_file:
        return await SqliteMetadata.open(settings.metadata_path)
    from watchllm_server.stores.metadata.mongo import MongoMetadata

    return await MongoMetadata.open(settings.metadata_url)


def open_counters(settings: Settings, clock: Clock, pepper: bytes) -> Counters:
    """Return the counters of limits: in the Redis of the queue where there is one, else in this process."""
    own = MemoryCounters(clock)
    if not settings.has_redis_queue:
        return own
    from watchllm_server.stores.counters.redis import RedisCounters

    return FallbackCounters(RedisCounters(settings.queue_url, hidden=partial(keyed_hash, pepper)), own, clock)
