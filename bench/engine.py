"""The event store's engine as a benchmark sees it: ClickHouse over HTTP, found by the run file of a running server.

It is the yardstick: no driver, no guard, no conversion stands between a query and its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import aiohttp

from watchllm_server.stores.events.engine_address import read_address

_TIMEOUT_S = 600.0


class EngineHttp:
    """A connection to the engine of a data folder, for the length of an `async with` block."""

    def __init__(self, data_dir: Path) -> None:
        address = read_address(data_dir / "run")
        if address is None:
            raise FileNotFoundError(f"no engine runs on {data_dir}")
        self._url = address.url
        self._session = aiohttp.ClientSession(
            auth=aiohttp.BasicAuth(address.user, address.password), timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def run(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, str] | None = None
    ) -> bytes:
        """Run one statement and return its bytes. Raises RuntimeError with the engine's words."""
        url = {f"param_{name}": bound(value) for name, value in (parameters or {}).items()} | dict(settings or {})
        async with self._session.post(self._url, params=url, data=sql.encode()) as response:
            body = await response.read()
            if response.status != 200:
                raise RuntimeError(body.decode(errors="replace"))
            return body

    async def number(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Return the one number that a query answers."""
        return int(await self.run(sql, parameters) or b"0")


def bound(value: object) -> str:
    """Write a value as ClickHouse reads a parameter: text as it is, lists as array literals."""
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_quoted(part) for part in cast(Sequence[object], value)) + "]"
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return str(value)


def _quoted(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value)
