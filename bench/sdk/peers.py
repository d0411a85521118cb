"""The SDKs that are measured, and their environments. `python -m bench.sdk.peers` locks their requirements again."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.own_environments import ROOT, UV, OwnEnvironment
from tests.sdk.wheel import build_wheel

from bench.sdk.comparison import OURS

PEERS: Final = ("opentelemetry", "langfuse", "opik", "phoenix-otel", "traceloop", "openlit")
ALL: Final = (OURS, *PEERS)

_REQUIREMENTS: Final = Path(__file__).parent / "requirements"
_CACHE: Final = ROOT / ".cache" / "bench-sdk"
# The largest is 300 MB.
_MAKE_TIMEOUT_S: Final = 600.0


def environment_of(name: str) -> OwnEnvironment:
    """Return the environment of one SDK, made or not; ours has at first only what ours needs."""
    return OwnEnvironment(name, _REQUIREMENTS / f"{name}.txt", _CACHE, _MAKE_TIMEOUT_S)


def make(name: str) -> Path:
    """Return the interpreter of an SDK's environment, with today's state of ours. Raises EnvironmentFailed."""
    python = environment_of(name).make()
    if name == OURS:
        with tempfile.TemporaryDirectory() as folder:
            wheel = build_wheel(Path(folder))
            again = ("--reinstall", "--no-deps", "--offline")
            subprocess.run(
                [UV, "--quiet", "pip", "install", "--python", python, *again, wheel],
                check=True,
                timeout=_MAKE_TIMEOUT_S,
            )
    return python


if __name__ == "__main__":
    for each in ALL:
        environment_of(each).lock()
