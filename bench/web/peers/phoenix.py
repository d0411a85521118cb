"""Phoenix of Arize as its documentation starts it, on SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import msgspec


class _Trace(msgspec.Struct, rename="camel"):
    num_spans: int


class _Project(msgspec.Struct):
    trace: _Trace | None = None


class _Data(msgspec.Struct):
    node: _Project | None = None


class _Answer(msgspec.Struct):
    data: _Data | None = None


class Phoenix:
    """Implements `peer.Peer`."""

    name: ClassVar[str] = "phoenix"

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._base = f"http://127.0.0.1:{port}"

    @property
    def command(self) -> Sequence[str]:
        return ("phoenix", "serve")

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(self._port),
            # Two above, so that both products can be there at once.
            "PHOENIX_GRPC_PORT": str(self._port + 2),
            "PHOENIX_WORKING_DIR": str(self._folder),
            "PHOENIX_TELEMETRY_ENABLED": "false",
        }

    @property
    def headers(self) -> dict[str, str]:
        return {}

    async def is_ready(self, session: aiohttp.ClientSession) -> bool:
        async with session.get(f"{self._base}/healthz") as answer:
            return answer.status == 200

    async def count_spans(self, session: aiohttp.ClientSession, trace_id: bytes) -> int:
        query = "query ($p: ID!, $t: ID!) { node(id: $p) { ... on Project { trace(traceId: $t) { numSpans } } } }"
        variables = {"p": await self._project(session), "t": trace_id.hex()}
        async with session.post(f"{self._base}/graphql", json={"query": query, "variables": variables}) as answer:
            found = msgspec.json.decode(await answer.read(), type=_Answer)
        trace = found.data.node.trace if found.data and found.data.node else None
        return trace.num_spans if trace else 0

    async def trace_url(self, session: aiohttp.ClientSession, trace_id: bytes) -> str:
        return f"{self._base}/projects/{await self._project(session)}/traces/{trace_id.hex()}"

    async def list_url(self, session: aiohttp.ClientSession) -> str:
        return f"{self._base}/projects/{await self._project(session)}/traces"

    async def _project(self, session: aiohttp.ClientSession) -> str:
        async with session.get(f"{self._base}/v1/projects") as answer:
            projects: Any = await answer.json()
        return next(str(project["id"]) for project in projects["data"] if project["name"] == "default")
