"""A real `watchllm serve` in a process group of its own, on temporary data and a free port."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PROJECT_ID: Final = "proj_test"
API_KEY: Final = "wl_test_key_that_is_at_least_32_characters_long"
EMAIL: Final = "ada@example.com"
PASSWORD: Final = "correct horse battery staple"
# The embedded engine takes two seconds to start on a quiet machine; others may share this one.
READY_S: Final = 60.0


@dataclass
class Server:
    """A server that a test started; `stop` and `kill` end the whole process tree."""

    data_dir: Path
    base_url: str = ""
    project_id: str = PROJECT_ID
    api_key: str = API_KEY
    environment: dict[str, str] = field(default_factory=dict[str, str])
    process: subprocess.Popen[str] | None = None

    def start(self) -> Server:
        """Start it and wait until it is ready."""
        address = self.data_dir / "run" / "serve.json"
        address.unlink(missing_ok=True)
        given = {
            "WATCHLLM_INIT_PROJECT_ID": self.project_id,
            "WATCHLLM_INIT_API_KEY": self.api_key,
            "WATCHLLM_INIT_USER_EMAIL": EMAIL,
            "WATCHLLM_INIT_USER_PASSWORD": PASSWORD,
        }
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "watchllm_server", "serve", "--port", "0", "--data-dir", str(self.data_dir)],
                env={**os.environ, **given, **self.environment},
                stdout=log, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"serve ended with {self.process.returncode}:\n{self.log()}")
            if address.exists() and self._is_ready(address):
                return self
            time.sleep(0.05)
        raise AssertionError(f"serve was not ready in time:\n{self.log()}")

    def _is_ready(self, address: Path) -> bool:
        try:
            self.base_url = json.loads(address.read_text())["url"]
            return self.request("GET", "/readyz")[0] == 200
        except (json.JSONDecodeError, urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def request(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send one request with the project's key; returns the status and the decoded answer."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.base_url + path, data=data, method=method, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _decoded(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _decoded(error.read())

    def get(self, path: str) -> Any:
        """Return the answer of a GET that must succeed."""
        status, answer = self.request("GET", path)
        assert status == 200, (status, answer)
        return answer

    def log(self) -> str:
        """Return what the server printed."""
        return (self.data_dir / "serve.log").read_text()[-8_000:]

    def stop(self) -> int:
        """End it as an operator does; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the whole tree at once, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data


def wait_until(condition: Any, *, timeout_s: float = 20.0) -> Any:
    """Return the first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"still false after {timeout_s} s: {condition}")
        time.sleep(0.05)
