"""The public API as the oracle checks by it: pages, one trace, one event, the ledger; a key and nothing else."""

from __future__ import annotations

import urllib.parse
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from watchllm_server.model.times import to_rfc3339

Json = dict[str, Any]
PAGE = 1_000
_TIMEOUT_S = 60.0


class RequestFailed(Exception):
    """A request was not answered as it must be."""


class Api:
    """A reader with its own connections, for the length of an `async with` block."""

    def __init__(self, base_url: str, api_key: str, *, ingest_url: str = "") -> None:
        self._base_url = base_url.rstrip("/")
        # Another address when the roles are apart.
        self._ingest_url = (ingest_url or base_url).rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"}
        self._session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def is_ready(self) -> bool:
        """Tell whether /readyz says yes."""
        try:
            return (await self._answer("/readyz"))[0] == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def get(self, path: str, **query: str | int) -> Json:
        """Return a decoded answer. Raises RequestFailed unless the status is 200."""
        status, body = await self._answer(path + ("?" + urllib.parse.urlencode(query) if query else ""))
        if status != 200:
            raise RequestFailed(f"GET {path} {query} answered {status}: {body[:500]!r}")
        return msgspec.json.decode(body)

    async def text(self, path: str) -> str:
        """Return an answer as text. Raises RequestFailed unless the status is 200."""
        status, body = await self._answer(path)
        if status != 200:
            raise RequestFailed(f"GET {path} answered {status}")
        return body.decode()

    async def list_all(self, path: str, from_us: int, to_us: int) -> AsyncIterator[Json]:
        """Yield the rows of every page of a list."""
        query: dict[str, str | int] = {"from": to_rfc3339(from_us), "to": to_rfc3339(to_us), "limit": PAGE}
        while True:
            page = await self.get(path, **query)
            for row in page["data"]:
                yield row
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    async def ledger(self, from_us: int, to_us: int) -> Json:
        """Return the ledger of a time range."""
        return await self.get("/api/v1/ledger", **{"from": to_rfc3339(from_us), "to": to_rfc3339(to_us)})

    async def flat_trace(self, trace_id: str) -> Json:
        """Return a trace as columns."""
        return await self.get(f"/api/v1/traces/{urllib.parse.quote(trace_id, safe='')}", shape="flat")

    async def event(self, event_id: str) -> Json:
        """Return one event whole."""
        return await self.get(f"/api/v1/events/{urllib.parse.quote(event_id, safe='')}")

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send one body. Raises RequestFailed unless it is accepted."""
        async with self._session.post(self._ingest_url + path, data=body, headers=headers) as response:
            if response.status not in (200, 202):
                raise RequestFailed(f"POST {path} answered {response.status}: {await response.text()}")

    async def _answer(self, path: str) -> tuple[int, bytes]:
        async with self._session.get(self._base_url + path) as response:
            return response.status, await response.read()
