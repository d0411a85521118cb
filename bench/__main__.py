"""All benchmarks in one command: `python -m bench [--only NAME …] [--large]`; one JSON line per figure.

Exit code 1 when a figure misses its target. Figures are ratios within one run wherever machines differ; they want a
machine that does nothing else, and `ingest_cores_used` says what others took of it. The default run reads from one
million events; `--large` also fills and reads ten million (10 GB of disk; `make bench BENCH=--large`). `sdk` and
`sdk-js` need the network once, for the packages of the peers. `--peers` installs Phoenix and MLflow from their pinned
requirements and opens the same trace and list in them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from tests.oracle.server import Server

from bench import raw_engine
from bench.bodies import Template
from bench.figures import Figure
from bench.formats import measure_formats
from bench.idle import measure_idle
from bench.ingest import Ingest, prepare, ratio_to_raw
from bench.queues import measure_queues
from bench.reading import measure_reading
from bench.sdk.measure import measure_sdk
from bench.sdk_js.measure import measure_sdk_js
from bench.web.ours import ACCOUNT, measure_ours
from bench.web.peers import measure_peers

PARTS: Final = ("formats", "ingest", "queues", "reading", "idle", "web", "sdk", "sdk-js")
PROJECT_ID: Final = "proj_bench"
API_KEY: Final = "wl_bench_key_of_a_local_run_0123456789"
# 600 bodies are 60,000 spans: six batches of the raw engine, and minutes of sending by rounds.
BODIES: Final = 600


class Report:
    """Prints figures as they come and remembers whether all were met."""

    def __init__(self) -> None:
        self.is_met = True

    def add(self, figures: list[Figure]) -> None:
        """Print each figure on a line of its own."""
        for figure in figures:
            print(figure.line(), flush=True)
            self.is_met = self.is_met and figure.ok is not False


@asynccontextmanager
async def running_server(folder: Path, environment: Mapping[str, str] | None = None) -> AsyncGenerator[Server]:
    """Run a server on a folder, empty or filled, for the length of a block."""
    server = Server(folder, project_id=PROJECT_ID, api_key=API_KEY, environment=environment)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def run(options: argparse.Namespace, folder: Path) -> bool:
    """Run the wanted parts in order; returns whether every target was met."""
    report = Report()
    parts: list[str] = options.only or list(PARTS)
    if parts_with_bodies := {"formats", "ingest", "queues"}.intersection(parts):
        templates = await asyncio.to_thread(prepare, folder, BODIES)
        if "formats" in parts_with_bodies:
            bodies = msgspec.msgpack.decode(templates.read_bytes(), type=list[Template])
            report.add(await asyncio.to_thread(measure_formats, bodies))
        if "ingest" in parts_with_bodies:
            await _run_ingest(report, templates, folder, options.seconds)
        if "queues" in parts_with_bodies:
            report.add(await measure_queues(templates, folder, options.seconds / 2, PROJECT_ID, API_KEY))
    if "reading" in parts:
        await _run_reading(report, folder / "million", events=1_000_000, days=7)
        if options.large:
            await _run_reading(report, folder / "ten_million", events=10_000_000, days=30)
    if "idle" in parts:
        async with running_server(folder / "million") as server:
            report.add(await measure_idle(server, seconds=options.idle_seconds))
    if "web" in parts:
        await _run_web(report, folder / "web", with_peers=options.peers)
    if "sdk" in parts:
        report.add(await asyncio.to_thread(measure_sdk, seconds=options.sdk_seconds))
    if "sdk-js" in parts:
        report.add(await asyncio.to_thread(measure_sdk_js, seconds=options.sdk_seconds))
    return report.is_met


async def _run_web(report: Report, folder: Path, *, with_peers: bool) -> None:
    async with running_server(folder, ACCOUNT) as server:
        figures, ours = await measure_ours(server)
        report.add(figures)
    # After ours has stopped: each has the machine to itself.
    if with_peers:
        report.add(await measure_peers(folder, ours))


async def _run_ingest(report: Report, templates: Path, folder: Path, seconds: float) -> None:
    # The yardstick has the machine to itself, half of it before and half after: machines have slow minutes.
    inserts = options_inserts(seconds) // 2
    before = await asyncio.to_thread(raw_engine.measure, templates, inserts)
    async with running_server(folder / "ingest") as server:
        ingest = Ingest(server, templates)
        await ingest.warm_up()
        rate, figures = await ingest.measure_sustained(seconds=seconds)
        report.add(figures)
        report.add(await ingest.measure_half_load(rate, seconds=seconds))
    after = await asyncio.to_thread(raw_engine.measure, templates, inserts)
    report.add([ratio_to_raw(rate, before.joined(after))])


def options_inserts(seconds: float) -> int:
    """Return how many batches the yardstick inserts: about as long as the run that it is held against."""
    return max(8, int(2 * seconds))


async def _run_reading(report: Report, folder: Path, *, events: int, days: int) -> None:
    async with running_server(folder) as server:
        report.add(await measure_reading(server, events=events, days=days))


def main() -> None:
    """Run the benchmarks in a temporary folder."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="the parts to run (default: all)")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each load")
    parser.add_argument("--idle-seconds", type=float, default=30.0)
    parser.add_argument("--sdk-seconds", type=float, default=4.0, help="length of each SDK's steady calls, by round")
    parser.add_argument("--large", action="store_true", help="also read from 10 million events (needs 10 GB of disk)")
    parser.add_argument(
        "--peers",
        action="store_true",
        help="also measure Phoenix and MLflow in the browser (installs 2 GB, half an hour)",
    )
    parser.add_argument("--folder", type=Path, default=None, help="keep the data here (default: a temporary folder)")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        sys.exit(0 if asyncio.run(run(options, options.folder)) else 1)
    with tempfile.TemporaryDirectory(prefix="watchllm-bench-") as folder:
        sys.exit(0 if asyncio.run(run(options, Path(folder))) else 1)


if __name__ == "__main__":
    main()
