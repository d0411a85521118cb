"""Measures every JavaScript SDK in one run, in turns, and holds ours against the best of the others."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
from pathlib import Path
from typing import Final

from scripts.setup import node_command
from tests.own_environments import ROOT

from bench.figures import Figure
from bench.sdk.comparison import OURS, Rounds, compared, p50, spread
from bench.sdk.sink import running_sink

PEERS: Final = ("opentelemetry", "langfuse", "traceloop")
ALL: Final = (OURS, *PEERS)
# In turns, so that a slow minute of the machine meets all of them.
ROUNDS: Final = 5
_HERE: Final = Path(__file__).parent
_CACHE: Final = ROOT / ".cache" / "bench-sdk-js"
_RUN_TIMEOUT_S: Final = 300.0
_IMPORT: Final = """
const began = process.cpuUsage();
await import("./sdk.mjs");
const { user, system } = process.cpuUsage(began);
console.log((user + system) / 1000);
process.exit();
"""


def measure_sdk_js(*, seconds: float, rounds: int = ROUNDS) -> list[Figure]:
    """Return the figures of all SDKs: time on the calling thread, of the process, of the import, and size."""
    folders = {name: _install(name) for name in ALL}
    calls: dict[str, Rounds] = {name: [] for name in ALL}
    imports: dict[str, list[float]] = {name: [] for name in ALL}
    with running_sink() as url:
        for turn in range(rounds):
            # Each begins a round once, so that none always follows the same other.
            order = ALL[turn % len(ALL) :] + ALL[: turn % len(ALL)]
            for name in order:
                calls[name].append(json.loads(_node(folders[name], "traced_calls.mjs", url, str(seconds))))
                imports[name].append(float(_node(folders[name], "--input-type=module", "-e", _IMPORT)))
    sizes = {name: _installed_mb(folder) for name, folder in folders.items()}
    units = {"paced": "µs (p50, calling thread)", "tight": "µs (p50, calling thread)", "process": "µs of processor"}
    timed = [
        compared(
            f"sdk_js_call_{series}",
            unit,
            PEERS,
            lambda name, series=series: p50(calls[name], series),
            lambda name, series=series: spread(calls[name], series),
        )
        for series, unit in units.items()
    ]
    return [
        *(figure for figures in timed for figure in figures),
        *compared(
            "sdk_js_import",
            "ms of processor time",
            PEERS,
            lambda name: statistics.median(imports[name]),
            lambda name: {"best": round(min(imports[name]), 1)},
        ),
        *compared("sdk_js_installed", "MB", PEERS, lambda name: sizes[name], lambda _: {}),
    ]


def _install(name: str) -> Path:
    """Make the folder of one SDK, with what its lock file pins; ours is packed from today's sources."""
    npm, environment = node_command()
    source, folder = _HERE / "packages" / name, _CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    lock, installed = source / "package-lock.json", folder / "package-lock.json"
    options = ("--no-save", "--no-audit", "--no-fund", "--loglevel=error")
    is_made = (folder / "node_modules").exists() and installed.exists() and lock.read_bytes() == installed.read_bytes()
    for path in [_HERE / "traced_calls.mjs", *(path for path in source.iterdir() if path.is_file())]:
        shutil.copy(path, folder)
    words: tuple[str, ...] = ()
    if name == OURS:
        packed = subprocess.run(
            [*npm, "pack", "--silent", "--pack-destination", str(folder)],
            cwd=ROOT / "sdk" / "js",
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=_RUN_TIMEOUT_S,
        )
        words = (f"./{packed.stdout.splitlines()[-1]}",)
    if name == OURS or not is_made:
        command = [*npm, "install", *options, *words]
        subprocess.run(command, cwd=folder, env=environment, check=True, timeout=_RUN_TIMEOUT_S)
    return folder


def _node(folder: Path, *words: str) -> str:
    _, environment = node_command()
    done = subprocess.run(
        ["node", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_RUN_TIMEOUT_S,
    )
    if not done.stdout.strip():
        raise RuntimeError(f"{folder.name} could not be measured:\n{done.stderr[-2_000:]}")
    return done.stdout.splitlines()[-1]


def _installed_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in (folder / "node_modules").rglob("*") if path.is_file()) / 1e6
