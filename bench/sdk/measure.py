"""Measures every SDK in one run, in turns, and holds ours against the best of the others."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.figures import Figure, judged, shown
from bench.sdk.footprint import import_ms, installed_mb, package_count, switched_off_us
from bench.sdk.peers import ALL, OURS, PEERS, make
from bench.sdk.sink import running_sink

# In turns, so that a slow minute of the machine meets all of them.
ROUNDS: Final = 5
# Calls of a host that has switched the SDK off, and what each may cost it.
_SWITCHED_OFF: Final = {"log": "watchllm.log('x')", "span": "watchllm.span('work', input='x')"}
_MAX_SWITCHED_OFF_US: Final = 1.0
_RUN_TIMEOUT_S: Final = 300.0

Series = dict[str, list[dict[str, dict[str, float]]]]


def measure_sdk(*, seconds: float, rounds: int = ROUNDS) -> list[Figure]:
    """Return the figures of all SDKs: time on the calling thread, import time and size. Blocks for minutes."""
    pythons = {name: make(name) for name in ALL}
    calls: Series = {name: [] for name in ALL}
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
        *_compared("sdk_call_paced", "µs (p50, calling thread)", lambda name: _p50(calls[name], "paced"),
                   lambda name: _context(calls[name], "paced")),
        *_compared("sdk_call_tight", "µs (p50, calling thread)", lambda name: _p50(calls[name], "tight"),
                   lambda name: _context(calls[name], "tight")),
        *_compared("sdk_import", "ms of processor time", lambda name: statistics.median(imports[name]),
                   lambda name: {"best": round(min(imports[name]), 1)}),
        *_compared("sdk_installed", "MB", lambda name: sizes[name],
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


def _p50(rounds: list[dict[str, dict[str, float]]], series: str) -> float:
    return statistics.median(each[series]["p50"] for each in rounds)


def _context(rounds: list[dict[str, dict[str, float]]], series: str) -> dict[str, float]:
    return {
        "best_round": round(min(each[series]["p50"] for each in rounds), 1),
        "p99": round(statistics.median(each[series]["p99"] for each in rounds), 1),
        "mean": round(statistics.median(each[series]["mean"] for each in rounds), 1),
    }


def _compared(
    name: str, unit: str, value_of: Callable[[str], float], context_of: Callable[[str], dict[str, float]]
) -> list[Figure]:
    """Return one figure for each SDK, and how ours stands to the best of the others."""
    values = {sdk: value_of(sdk) for sdk in ALL}
    best = min(PEERS, key=values.__getitem__)
    ratio = judged(f"{name}_to_best_peer", values[OURS] / values[best], "ratio", "<", 1.0, best_peer=best)
    return [*(shown(name, value, unit, sdk=sdk, **context_of(sdk)) for sdk, value in values.items()), ratio]
