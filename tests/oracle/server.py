"""A `watchllm serve` on a data folder of its own, in a process group that can be killed as one.

It knows the server only from outside: the command, its answers, and the engine's pid in its run file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
import msgspec

from tests.ports import free_port
from watchllm_server.clock import SystemClock
from watchllm_server.settings import environment_for_child

# The project that a first start makes, and its key.
PROJECT_ID = "proj_oracle"
API_KEY = "wl_oracle_key_of_a_test_run_0123456789"
COMMAND = Path(sys.executable).parent / "watchllm"
# Far above the 5 s that are promised: a slow start shall be reported as a time, not as a broken run.
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
_POLL_S = 0.01


class ServerFailed(Exception):
    """The server did not start, stop or die as told; the message carries the end of its log."""


class Server:
    """One server; it may be started again after a kill, on the same folder and port.

    `environment` holds for the next start; `wrapper` is a command that runs the server as its own process, such as
    `prlimit`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        project_id: str = PROJECT_ID,
        api_key: str = API_KEY,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
    ) -> None:
        self.data_dir = data_dir
        self.project_id = project_id
        self.api_key = api_key
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environment = dict(environment or {})
        self.wrapper = tuple(wrapper)
        self.log_path = data_dir.parent / f"{data_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._clock = SystemClock()

    @property
    def ingest_urls(self) -> list[str]:
        """Where it takes events."""
        return [self.base_url]

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the server was not started")
        return self._process.pid

    async def start(self) -> float:
        """Start and wait until ready; returns the seconds that took."""
        started_s = self._clock.monotonic_s()
        self.launch()
        await self.wait_ready()
        return self._clock.monotonic_s() - started_s

    def launch(self) -> None:
        """Start, and do not wait for anything."""
        environment = environment_for_child(
            WATCHLLM_INIT_PROJECT_ID=self.project_id, WATCHLLM_INIT_API_KEY=self.api_key, **self.environment
        )
        arguments = [str(COMMAND), "serve", "--data-dir", str(self.data_dir), "--port", str(self.port)]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.wrapper, *arguments], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    async def wait_ended(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """Wait until the process has ended by itself; returns its exit code, negative for a signal."""
        if self._process is None:
            raise ServerFailed("the server was not started")
        try:
            return await asyncio.to_thread(self._process.wait, timeout_s)
        except subprocess.TimeoutExpired:
            raise ServerFailed(f"still running after {timeout_s:.0f} s\n{self.log_tail()}") from None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait for /readyz to say 200. Raises ServerFailed when the process ends or the time is over."""
        give_up_s = self._clock.monotonic_s() + timeout_s
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0)) as session:
            while self._clock.monotonic_s() < give_up_s:
                if self._process is not None and self._process.poll() is not None:
                    raise ServerFailed(f"serve ended with {self._process.returncode}\n{self.log_tail()}")
                if await _is_ready(session, self.base_url):
                    return
                await asyncio.sleep(_POLL_S)
        raise ServerFailed(f"not ready after {timeout_s:.0f} s\n{self.log_tail()}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that was started, and to no child of it."""
        os.kill(self.pid, number)

    async def kill_tree(self) -> None:
        """Kill -9 every process of the server at once, and wait until none is left."""
        group = self.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
        await self.wait_gone(group)

    async def kill_engine(self) -> None:
        """Kill -9 the engine's process alone, and wait until another one runs and the server is ready."""
        pid = self.engine_pid()
        os.kill(pid, signal.SIGKILL)
        give_up_s = self._clock.monotonic_s() + READY_TIMEOUT_S
        while self._engine_pid_or_zero() in (0, pid):
            if self._clock.monotonic_s() > give_up_s:
                raise ServerFailed(f"no new engine after {READY_TIMEOUT_S:.0f} s\n{self.log_tail()}")
            await asyncio.sleep(_POLL_S)
        await self.wait_ready()

    async def stop(self) -> int:
        """Ask the server to end, as an operator does; returns its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            code = await asyncio.to_thread(self._process.wait, STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            await self.kill_tree()
            raise ServerFailed(f"still running {STOP_TIMEOUT_S:.0f} s after SIGTERM\n{self.log_tail()}") from None
        await self.wait_gone(self.pid)
        return code

    def engine_pid(self) -> int:
        """Return the process id of the running engine."""
        pid = self._engine_pid_or_zero()
        if not pid:
            raise ServerFailed("no engine has written its run file")
        return pid

    def log_tail(self, lines: int = 30) -> str:
        """Return the end of what the server printed."""
        return "\n".join(self.log().splitlines()[-lines:])

    def log(self) -> str:
        """Return everything that the server printed, over all its starts."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def child_pid(self, role: str) -> int:
        """Return the process id of a role that `serve` runs as a child, 0 while it has none."""
        return next((pid for pid in processes_of_group(self.pid) if _is_role(pid, role)), 0)

    def _engine_pid_or_zero(self) -> int:
        try:
            said = msgspec.json.decode((self.data_dir / "run" / "engine.json").read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return 0
        return int(said["pid"])

    async def wait_gone(self, group: int) -> None:
        """Wait until no live process of a former start is left."""
        give_up_s = self._clock.monotonic_s() + STOP_TIMEOUT_S
        while members := processes_of_group(group):
            if self._clock.monotonic_s() > give_up_s:
                raise ServerFailed(f"processes {members} outlived the server")
            await asyncio.sleep(_POLL_S)


def processes_of_group(group: int) -> list[int]:
    """Return the live processes of a process group; zombies, which hold nothing, are left out."""
    return [pid for pid, state, its_group in _processes() if its_group == group and state not in "ZX"]


def _processes() -> list[tuple[int, str, int]]:
    found: list[tuple[int, str, int]] = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # The command name, in brackets, may hold anything: what follows its last bracket has fixed places.
            state, _, its_group, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append((int(folder.name), state, int(its_group)))
    return found


def _is_role(pid: int, role: str) -> bool:
    try:
        return role.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


async def _is_ready(session: aiohttp.ClientSession, base_url: str) -> bool:
    try:
        async with session.get(f"{base_url}/readyz") as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
