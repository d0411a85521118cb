"""Fixtures of the SDK's tests: a real loopback server, an in-memory recording, and a clean process around each."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sdk_loopback_only
from sdk_loopback import Loopback

import watchllm
from watchllm import _notices, _process
from watchllm.testing import Recording, recording

HERE = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def clean_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts without a client, leaves no thread behind, and reaches nobody outside this machine."""
    sdk_loopback_only.guard()
    for name in [name for name in os.environ if name.startswith("WATCHLLM_")]:
        monkeypatch.delenv(name)
    _notices.forget()
    _process.swap_client(None)
    yield
    watchllm.shutdown(timeout=0)
    for thread in threading.enumerate():
        if thread.name == "watchllm":
            # Long enough for a machine that does much else: one that stays would fail every test after this one.
            thread.join(30)
            assert not thread.is_alive(), "a worker was left running"
    sdk_loopback_only.release()


@pytest.fixture
def server() -> Iterator[Loopback]:
    loopback = Loopback()
    yield loopback
    watchllm.shutdown(timeout=0)
    loopback.stop()


@pytest.fixture
def recorded() -> Iterator[Recording]:
    with recording() as seen:
        yield seen


@pytest.fixture
def run_child(server: Loopback) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python code in a process of its own whose SDK is set to the loopback server, and which reaches no other."""
    guarded = "import sdk_loopback_only; sdk_loopback_only.guard()\n"

    def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
        wanted = {"WATCHLLM_API_KEY": "wl_child", "WATCHLLM_BASE_URL": server.url, "PYTHONPATH": HERE, **environ}
        return subprocess.run(
            [sys.executable, "-c", guarded + textwrap.dedent(code)],
            env={**os.environ, **wanted},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
