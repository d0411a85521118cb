"""Measures every SDK in one run, in turns, and holds ours against the best of the others."""

from __future__ import annotations

import json
import statistics
import subprocess
from pathlib import Path
from typing import Final

from bench.figures import Figure, judged
from bench.sdk.comparison import Rounds, compared, p50, spread
from bench.sdk.footprint import import_ms, installed_mb, package_count, switched_off_us
from bench.sdk.peers import ALL, OURS, PEERS, make
from bench.sdk.sink import running_sink

# In turns, so that a slow minute of the machine meets all of them.
ROUNDS: Final = 5
# Calls of a host that has switched the SDK off, and what each may cost it.
_SWITCHED_OFF: Final = {"log": "watchllm.log('x')", "span": "watchllm.span('work', input='x')"}
_MAX_SWITCHED_OFF_US: Final = 1.0
_RUN_TIMEOUT_S: Final = 300.0


def measure_sdk(*, seconds: float, rounds: int = ROUNDS) -> list[Figure]:
    """Return the figures of all SDKs: time on the calling thread, import time and size. Blocks for minutes."""
    pythons = {name: make(name) for name in ALL}
    calls: dict[str, Rounds] = {name: [] for name in ALL}
    imports: dict[str, list[float]] = {name: [] for name in ALL}
    with running_sink() as url:
        for turn in range(rounds):
            # Each begins a round once, so that none always follows the same other.
            order = ALL[turn % len(ALL) :] + ALL[: turn % len(ALL)]
            for name in order:
                calls[name].append(_traced_calls(pythons[name], name, url, seconds))
                imports[name].append(import_ms(pythons[name], name))
    sizes = {name: installed_mb(python) for name, python in pythons.items()}
    return [
        *compared("sdk_call_paced", "µs (p50, calling thread)", PEERS, lambda name: p50(calls[name], "paced"),
                   lambda name: spread(calls[name], "paced")),
        *compared("sdk_call_tight", "µs (p50, calling thread)", PEERS, lambda name: p50(calls[name], "tight"),
                   lambda name: spread(calls[name], "tight")),
        *compared("sdk_import", "ms of processor time", PEERS, lambda name: statistics.median(imports[name]),
                   lambda name: {"best": round(min(imports[name]), 1)}),
        *compared("sdk_installed", "MB", PEERS, lambda name: sizes[name],
                   lambda name: {"packages": package_count(pythons[name])}),
        *_switched_off(pythons[OURS]),
    ]  # fmt: skip


def _switched_off(python: Path) -> list[Figure]:
    return [
        judged(f"sdk_switched_off_{name}", switched_off_us(python, statement), "µs", "<=", _MAX_SWITCHED_OFF_US)
        for name, statement in _SWITCHED_OFF.items()
    ]


def _traced_calls(python: Path, name: str, url: str, seconds: float) -> dict[str, dict[str, float]]:
    program = Path(__file__).parent / "traced_calls.py"
    done = subprocess.run(
        [python, "-I", program, name, url, str(seconds)],
        capture_output=True,
        text=True,
        check=False,
        timeout=_RUN_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} could not be measured:\n{done.stderr[-2_000:]}")
    return json.loads(done.stdout.splitlines()[-1])
