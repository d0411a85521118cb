"""What routes run on, put together by the wiring and carried by the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from watchllm_server.clock import Clock
from watchllm_server.dialects.contract import Format
from watchllm_server.security.keys import KeyRing
from watchllm_server.security.outbound.mail import Mailer
from watchllm_server.security.tokens import Signer
from watchllm_server.settings import Settings
from watchllm_server.stores.counters.contract import Counters
from watchllm_server.stores.events.contract import DeadLetters, EventReader
from watchllm_server.stores.events.contract.groups import GroupReader
from watchllm_server.stores.events.contract.live import FollowReader
from watchllm_server.stores.events.contract.search import SearchReader
from watchllm_server.stores.events.contract.stats import StatsReader
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.ui_backend.sessions import Sessions


class FirstKey:
    """The key made at this start, in memory alone, to be shown once more to the project's owner for a short time."""

    def __init__(self) -> None:
        self._project_id = ""
        self._api_key: str | None = None
        self._until_s = 0.0

    def remember(self, project_id: str, api_key: str, until_s: float) -> None:
        """Keep the key until `until_s` of the monotonic clock."""
        self._project_id, self._api_key, self._until_s = project_id, api_key, until_s

    def shown(self, project_id: str, now_s: float) -> str | None:
        """Return the key of this project while it may be shown; forgets it after."""
        if now_s >= self._until_s:
            self._api_key = None
        return self._api_key if project_id == self._project_id else None


@dataclass(frozen=True)
class Services:
    """The stores and the tools around them."""

    settings: Settings
    clock: Clock
    queue: Queue
    reader: EventReader
    stats: StatsReader
    groups: GroupReader
    search: SearchReader
    follower: FollowReader
    letters: DeadLetters
    metadata: MetadataStore
    counters: Counters
    keys: KeyRing
    sessions: Sessions
    signer: Signer
    formats: Mapping[str, Format]
    # The key of stored hashes; only `security` computes with it.
    pepper: bytes
    mailer: Mailer
    # Where people reach the server, without a slash at the end: for links in letters, which no request may choose.
    public_url: Callable[[], str]
    first_key: FirstKey = field(default_factory=FirstKey)
    # Set when the server was told to end: from then on it is not ready, and still answers.
    # What goes on beside an answer that was given already.
    pending: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def services(request: HTTPConnection) -> Services:
    """Return what the application was made with."""
    return cast(Services, request.app.state.services)
