"""What a peer must tell so that it can be filled and opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

import aiohttp


class Peer(Protocol):
    """One product on loopback; it is made with the folder of its data and its port."""

    name: ClassVar[str]

    def __init__(self, folder: Path, port: int) -> None: ...

    @property
    def command(self) -> Sequence[str]:
        """The command below the `bin` folder of its environment, and its arguments."""
        ...

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def headers(self) -> dict[str, str]:
        """What a body of OTLP needs besides."""
        ...

    async def is_ready(self, session: aiohttp.ClientSession) -> bool: ...

    async def count_spans(self, session: aiohttp.ClientSession, trace_id: bytes) -> int:
        """Return how many spans of a trace can be read."""
        ...

    async def trace_url(self, session: aiohttp.ClientSession, trace_id: bytes) -> str: ...

    async def list_url(self, session: aiohttp.ClientSession) -> str: ...
