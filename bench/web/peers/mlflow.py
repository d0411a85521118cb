"""MLflow as its documentation starts it, on SQLite; traces go into its first experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import msgspec

_EXPERIMENT = "0"


class _Trace(msgspec.Struct):
    spans: list[Any] = []


class _Answer(msgspec.Struct):
    trace: _Trace | None = None


class Mlflow:
    """Implements `peer.Peer`."""

    name: ClassVar[str] = "mlflow"

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._base = f"http://127.0.0.1:{port}"

    @property
    def command(self) -> Sequence[str]:
        store = f"sqlite:///{self._folder / 'mlflow.db'}"
        artifacts = str(self._folder / "artifacts")
        address = ("--host", "127.0.0.1", "--port", str(self._port))
        return ("mlflow", "server", *address, "--backend-store-uri", store, "--artifacts-destination", artifacts)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

    @property
    def headers(self) -> dict[str, str]:
        return {"x-mlflow-experiment-id": _EXPERIMENT}

    async def is_ready(self, session: aiohttp.ClientSession) -> bool:
        async with session.get(f"{self._base}/health") as answer:
            return answer.status == 200

    async def count_spans(self, session: aiohttp.ClientSession, trace_id: bytes) -> int:
        query = {"trace_id": f"tr-{trace_id.hex()}"}
        async with session.get(f"{self._base}/ajax-api/3.0/mlflow/traces/get", params=query) as answer:
            if answer.status != 200:
                return 0
            found = msgspec.json.decode(await answer.read(), type=_Answer)
        return len(found.trace.spans) if found.trace else 0

    async def trace_url(self, session: aiohttp.ClientSession, trace_id: bytes) -> str:
        return f"{await self.list_url(session)}?selectedEvaluationId=tr-{trace_id.hex()}"

    async def list_url(self, session: aiohttp.ClientSession) -> str:
        return f"{self._base}/#/experiments/{_EXPERIMENT}/traces"
