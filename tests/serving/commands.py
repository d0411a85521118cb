"""Runs commands of `watchllm` on a data folder: to their end, or as processes that a test ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.oracle.server import processes_of_group
from tests.running import wait_until

# What is promised for a stop; the tests' machine may be busy with others.
STOP_S = 10.0


def run(command: str, data_dir: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "watchllm_server", command, "--data-dir", str(data_dir), *more],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


class Running:
    """One command in a process group of its own; leaving the block kills what is left of it."""

    def __init__(self, command: str, data_dir: Path, *more: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "watchllm_server", command, "--data-dir", str(data_dir), *more],
            env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kill_group(self.process.pid)
        self.process.communicate()

    def stop(self) -> int:
        """End it as an operator does; returns its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_S)


def kill_group(group: int) -> None:
    """Kill -9 what is left of a process group that a test started."""
    for pid in processes_of_group(group):
        os.kill(pid, 9)


def wait_until_gone(group: int, timeout_s: float = 5.0) -> None:
    """Wait until no live process of the group is left."""
    wait_until(lambda: not processes_of_group(group), timeout_s=timeout_s)
