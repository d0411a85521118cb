"""The Python SDK in a host with threads and forks, before a server that dies and answers that get lost."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle.api import Api
from tests.oracle.losing_proxy import LosingProxy
from tests.oracle.server import Server
from tests.sdk.run_many_events import event_ids
from watchllm_server.clock import SystemClock

ROOT = Path(__file__).resolve().parent.parent.parent.parent
LOST_SHARE = 0.3
BATCH = 100
HOUR_US = 3_600_000_000
# The end of the host's own patience, and a minute for the server to store what it has accepted.
HOST_TIMEOUT_S = 700.0
STORED_TIMEOUT_S = 120.0
RUN = "delivery"


@dataclass
class Delivery:
    """What came of one run."""

    events: int
    seconds: float = 0.0
    answers: int = 0
    lost_answers: int = 0
    refused: int = 0
    kills: int = 0
    # What each process of the host says: sent and dropped.
    said: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    missing: int = 0
    invented: int = 0
    doubled: int = 0
    ledger: dict[str, Any] = field(default_factory=dict[str, Any])
    is_balanced: bool = False

    def report(self) -> str:
        """Return the figures in one line."""
        return (
            f"S-07: {self.events:,} events from 8 threads and 4 forked workers in {self.seconds:.0f} s, "
            f"{self.lost_answers:,} of {self.answers:,} answers lost, {self.kills} kills, {self.refused:,} connections "
            f"refused: {self.missing} missing, {self.doubled} doubled; the ledger counted "
            f"{self.ledger.get('duplicate', 0):,} repeats"
        )


async def deliver(folder: Path, *, events: int, kills: int) -> Delivery:
    """Run the host and kill the server meanwhile; asserts that every event is there exactly once."""
    server, clock = Server(folder / "data"), SystemClock()
    await server.start()
    outcome, started_s, from_us = Delivery(events), clock.monotonic_s(), clock.now_us() - HOUR_US
    try:
        async with LosingProxy(server.port, lost_share=LOST_SHARE) as proxy:
            host = await _start_host(server, proxy, events)
            try:
                said = asyncio.create_task(host.communicate())
                for kill in range(kills):
                    await _until_answers(proxy, said, events // BATCH * (kill + 1) // (kills + 1))
                    await server.kill_tree()
                    await server.start()
                    outcome.kills += 1
                stdout, stderr = await asyncio.wait_for(said, HOST_TIMEOUT_S)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(host.pid, signal.SIGKILL)
            outcome.seconds = clock.monotonic_s() - started_s
            assert host.returncode == 0, stderr.decode()
            outcome.said = [json.loads(line) for line in stdout.splitlines()]
            outcome.answers, outcome.lost_answers, outcome.refused = proxy.answers, proxy.lost, proxy.refused
        await _read_back(server, outcome, from_us)
    finally:
        await server.kill_tree()
    _judge(outcome)
    return outcome


async def _start_host(server: Server, proxy: LosingProxy, events: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sdk.run_many_events", RUN, str(events),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "WATCHLLM_API_KEY": server.api_key, "WATCHLLM_BASE_URL": proxy.url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


async def _until_answers(proxy: LosingProxy, host: asyncio.Task[Any], count: int) -> None:
    deadline_s = SystemClock().monotonic_s() + HOST_TIMEOUT_S
    while proxy.answers < count:
        assert not host.done(), "the host ended before the server was killed"
        assert SystemClock().monotonic_s() < deadline_s, f"only {proxy.answers} of {count} answers came"
        await asyncio.sleep(0.01)


async def _read_back(server: Server, outcome: Delivery, from_us: int) -> None:
    clock = SystemClock()
    async with Api(server.base_url, server.api_key) as api:
        deadline_s = clock.monotonic_s() + STORED_TIMEOUT_S
        while True:
            ledger = await api.ledger(from_us, clock.now_us() + HOUR_US)
            outcome.ledger, outcome.is_balanced = ledger["totals"], ledger["balanced"]
            if not outcome.ledger["queued"] or clock.monotonic_s() > deadline_s:
                break
            await asyncio.sleep(0.2)
        rows = api.list_all("/api/v1/events", from_us, clock.now_us() + HOUR_US)
        seen = collections.Counter([str(row["event_id"]) async for row in rows])
    wanted = set(event_ids(RUN, outcome.events))
    outcome.missing = len(wanted - seen.keys())
    outcome.invented = len(seen.keys() - wanted)
    outcome.doubled = sum(count - 1 for count in seen.values())


def _judge(outcome: Delivery) -> None:
    report = f"{outcome.report()}\n{outcome.said}\n{outcome.ledger}"
    assert sum(one["sent"] for one in outcome.said) == outcome.events, report
    assert all(one["dropped"] == {} and one["queued"] == 0 for one in outcome.said), report
    assert (outcome.missing, outcome.invented, outcome.doubled) == (0, 0, 0), report
    assert outcome.is_balanced, report
    assert outcome.ledger["stored"] == outcome.events, report
    # Proof that the run was what it is about.
    assert outcome.lost_answers > 0.2 * outcome.answers, report
    assert outcome.ledger["duplicate"] > 0, report
