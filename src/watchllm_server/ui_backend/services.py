"""What routes run on, put together by the wiring and carried by the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from watchllm_server.clock import Clock
from watchllm_server.security.keys import KeyRing
from watchllm_server.security.tokens import Signer
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import EventReader
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.ui_backend.sessions import Sessions


@dataclass(frozen=True)
class Services:
    """The stores and the tools around them."""

    settings: Settings
    clock: Clock
    queue: Queue
    reader: EventReader
    metadata: MetadataStore
    keys: KeyRing
    sessions: Sessions
    signer: Signer
    # The key of stored hashes; only `security` computes with it.
    pepper: bytes


def services(request: HTTPConnection) -> Services:
    """Return what the application was made with."""
    return cast(Services, request.app.state.services)
