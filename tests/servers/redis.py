"""Debian's `redis-server` in a process and a folder of its own, which may be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from tests.ports import free_port

# What the queue asks for; the file system of a test stands for the disk.
DURABLE: Final = ("--maxmemory-policy", "noeviction", "--appendonly", "yes", "--appendfsync", "always")
_READY_S: Final = 30.0


class RedisServer:
    """One Redis on a port that it keeps over its starts."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = settings or DURABLE
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> RedisServer:
        """Start it, or start it again on what it has on disk; returns when it answers."""
        if shutil.which("redis-server") is None:
            pytest.skip("cannot have: redis-server is not installed")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--save", "", *self._settings], stdout=log, stderr=log, start_new_session=True
            )
        until_s = time.monotonic() + _READY_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < until_s, "redis-server does not answer"
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9, as a crash does; what it has not synced stays in the system's cache."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def command(self, *words: str) -> str:
        """Send one command and return its answer as `redis-cli` shows it."""
        cli = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(cli, check=True, capture_output=True, text=True, timeout=30).stdout.strip()
