"""The roles as processes of their own on one data folder, so that a test can kill one and start it at once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.oracle.server import API_KEY, COMMAND, PROJECT_ID, ServerFailed
from tests.ports import free_port
from watchllm_server.bootstrap import ensure_first_start
from watchllm_server.clock import SystemClock
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.settings import Settings, environment_for_child, load_settings
from watchllm_server.stores.events.contract import StoreUnavailable
from watchllm_server.wiring.events import event_client, migrate_event_store
from watchllm_server.wiring.stores import open_metadata

_READY_S = 60.0
ANSWERING = frozenset({"ingest", "ui-backend"})
_POLL_S = 0.02


class Roles:
    """Engine, processor, ingest and ui-backend; each may be started again, with another environment."""

    def __init__(
        self, data_dir: Path, environment: Mapping[str, str] | None = None, *, ingests: Sequence[str] = ("ingest",)
    ) -> None:
        self.data_dir = data_dir
        self.environment = dict(environment or {})
        # Of the instances that answer, by name: each keeps its port over its starts.
        self._ports = {name: free_port() for name in (*ingests, "ui-backend")}
        self._ingests = tuple(ingests)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._clock = SystemClock()

    @property
    def ingest_urls(self) -> list[str]:
        return [self.url_of(name) for name in self._ingests]

    @property
    def reading_url(self) -> str:
        return self.url_of("ui-backend")

    def url_of(self, name: str) -> str:
        """Return the address of an instance that answers."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def launch(self, role: str, name: str = "", **environment: str) -> None:
        """Start a role under a name (its own by default), and do not wait for it."""
        arguments = [str(COMMAND), role, "--data-dir", str(self.data_dir)]
        if role in ANSWERING:
            arguments += ["--port", str(self._ports.setdefault(name or role, free_port()))]
        given = {"WATCHLLM_INIT_PROJECT_ID": PROJECT_ID, "WATCHLLM_INIT_API_KEY": API_KEY}
        with self.log_path(name or role).open("ab") as log:
            self._processes[name or role] = subprocess.Popen(
                arguments, env=environment_for_child(**given, **self.environment, **environment), stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def log_path(self, name: str) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}-{name}.log")

    def log(self, name: str) -> str:
        """Return what a role printed, over all its starts."""
        return self.log_path(name).read_text(errors="replace")

    def _ends_of_logs(self) -> str:
        return "\n".join(f"{name}:\n{self.log(name)[-1_000:]}" for name in self._processes)

    def code(self, name: str) -> int | None:
        """Return how a role has ended, None while it runs."""
        return self._processes[name].poll()

    async def kill(self, name: str) -> None:
        """Kill -9 an instance, and wait until it is gone."""
        self._processes[name].kill()
        await asyncio.to_thread(self._processes[name].wait)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a role."""
        os.kill(self._processes[name].pid, number)

    @property
    def settings(self) -> Settings:
        """What the roles run with."""
        given = self.environment
        return load_settings(
            data_dir=self.data_dir, init_project_id=PROJECT_ID, init_api_key=API_KEY,
            queue=given.get("WATCHLLM_QUEUE"), metadata=given.get("WATCHLLM_METADATA"),
            event_store=given.get("WATCHLLM_EVENT_STORE"),
        )  # fmt: skip

    async def start(self) -> None:
        """Make the project and the tables, and start every role but the processor, which is the test's to start."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        metadata = await open_metadata(self.settings)
        pepper = load_server_keys(self.data_dir).pepper
        await ensure_first_start(self.settings, metadata, self._clock, pepper)
        await metadata.close()
        # An event store by URL is the test's to start.
        if "WATCHLLM_EVENT_STORE" not in self.environment:
            self.launch("engine")
        await self._make_tables()
        for name in self._ingests:
            self.launch("ingest", name)
        self.launch("ui-backend")
        await self.wait_ready()

    async def _make_tables(self) -> None:
        give_up_s = self._clock.monotonic_s() + _READY_S
        client = event_client(self.settings)
        while True:
            try:
                await migrate_event_store(client)
                break
            except StoreUnavailable:
                if self._clock.monotonic_s() > give_up_s:
                    raise
                await asyncio.sleep(_POLL_S)
        await client.close()

    async def wait_ready(self) -> None:
        """Wait until all instances that answer say that they are ready."""
        give_up_s = self._clock.monotonic_s() + _READY_S
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as session:
            for url in map(self.url_of, self._ports):
                while not await _says_ready(session, url):
                    if self._clock.monotonic_s() > give_up_s:
                        raise ServerFailed(f"{url} is not ready after {_READY_S:.0f} s\n{self._ends_of_logs()}")
                    await asyncio.sleep(_POLL_S)

    async def close(self) -> None:
        """Kill what still runs."""
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
            await asyncio.to_thread(process.wait)


async def _says_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
