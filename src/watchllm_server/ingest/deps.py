"""What the routes of ingest run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watchllm_server.clock import Clock
from watchllm_server.dialects.contract import Format, Limits
from watchllm_server.ingest.redacting import Redaction
from watchllm_server.security.keys import KeyRing
from watchllm_server.settings import Settings
from watchllm_server.stores.queue.contract import Queue


@dataclass(frozen=True)
class IngestDeps:
    """Put together by the wiring."""

    settings: Settings
    clock: Clock
    queue: Queue
    keys: KeyRing
    formats: Mapping[str, Format]
    limits: Limits
    redaction: Redaction
