"""D-16 and D-17: processes that are paused for longer than their leases, and a wall clock that jumps."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from tests.oracle.failing import acted, armed
from tests.oracle.preloading import MovingClock
from tests.oracle.roles import Roles
from tests.oracle.run import Run
from tests.oracle.sender import REQUEST_TIMEOUT_S
from tests.oracle.server import Server, processes_of_group
from tests.oracle.stores import EMBEDDED, Stores
from watchllm_server.clock import SystemClock

DAY_S: Final = 86_400
_WAIT_S: Final = 60.0


async def pause_everything(folder: Path, seconds: float, times: int) -> str:
    """D-16: SIGSTOP of every process for longer than a lease, as when a machine is paused, then SIGCONT."""
    # A lease that runs out while they sleep, and a retry that does not outlast the test.
    server = Server(folder / "data", environment={"WATCHLLM_LEASE_S": str(seconds / 2), "WATCHLLM_RETRY_MAX_S": "2"})
    run = Run(folder, server.base_url, seed=160, events_per_s=100)

    async def pause() -> None:
        for _ in range(times):
            await asyncio.sleep(1.5)
            members = processes_of_group(server.pid)
            for pid in members:
                os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
            for pid in members:
                os.kill(pid, signal.SIGCONT)

    try:
        await server.start()
        await run.send_while(pause())
        verdict = await run.judge()
        slowest_s = max(attempt.seconds for attempt in run.sender.attempts)
        assert slowest_s >= min(seconds, REQUEST_TIMEOUT_S) * 0.8, f"nothing was paused: {slowest_s:.1f} s"
        assert server.is_running
    finally:
        await server.kill_tree()
    return f"D-16: {times} pauses of {seconds:.0f} s, {verdict.stored} events stored once, ledger balanced"


async def wake_a_zombie(folder: Path, pause_s: float, stores: Stores = EMBEDDED) -> str:
    """D-16 and D-47: a processor sleeps before its acknowledgement; another takes over; the sleeper changes nothing.

    It sleeps for `pause_s` at least, and until the other one has taken over.
    """
    roles = Roles(folder / "data", {**stores.environment, "WATCHLLM_LEASE_S": "1"}, ingests=stores.ingests)
    run = Run(folder, roles.reading_url, ingest_url=roles.ingest_urls, seed=161, events_per_s=100)
    point = "processor.before_acknowledge"

    async def sleep_and_wake() -> None:
        roles.launch("processor", "sleeper", **armed({point: f"hang:{pause_s}*1"}))
        await _until(lambda: acted(roles.data_dir, point) == 1, "the sleeper did not come to its acknowledgement")
        # Stopped within the hang, which alone would end when its time is over, whoever is at work by then.
        roles.signal("sleeper", signal.SIGSTOP)
        roles.launch("processor", "second", **armed({point: "hang:0"}))
        await asyncio.sleep(pause_s)
        # What came first is taken first: by the second of these, the sleeper's was taken.
        so_far = acted(roles.data_dir, point)
        await _until(lambda: acted(roles.data_dir, point) >= so_far + 2, "nobody took over")
        roles.signal("sleeper", signal.SIGCONT)
        await _until(lambda: "lease lost" in roles.log("sleeper"), "the late acknowledgement was not refused")

    try:
        async with stores.running():
            await roles.start()
            await run.send_while(sleep_and_wake())
            verdict = await run.judge()
            assert roles.code("sleeper") is None
            lost = roles.log("sleeper").count("lease lost")
    finally:
        await roles.close()
    return (
        f"D-16: {lost} acknowledgements of a processor that slept {pause_s:.0f} s refused, {verdict.stored} stored once"
    )


async def move_the_clock(folder: Path, pause_s: float) -> str:
    """D-17: the clock of every process jumps a day forth and back, also while bundles are leased."""
    moving = MovingClock(folder)
    server = Server(folder / "data", environment={**moving.environment, "WATCHLLM_LEASE_S": "3"})
    run = Run(folder, server.base_url, seed=17, events_per_s=100)
    jumps = (DAY_S, 0, -DAY_S, 0)
    dates: list[str] = []

    async def jump() -> None:
        await asyncio.sleep(1)
        for seconds in jumps:
            # Bundles are leased all the time: the engine that waits holds some of them over the jump.
            engine = server.engine_pid()
            os.kill(engine, signal.SIGSTOP)
            await asyncio.sleep(0.5)
            moving.set(seconds)
            await asyncio.sleep(pause_s)
            os.kill(engine, signal.SIGCONT)
            accepted = len(run.answered(200, 202))
            await _until(lambda accepted=accepted: len(run.answered(200, 202)) > accepted + 3, "nothing is accepted")
            dates.append(await _date_of(server))

    try:
        await server.start()
        began_s, dates_before = SystemClock().now_us(), await _date_of(server)
        await run.send_while(jump())
        # Times of events are compared one by one; the ledger's minutes are where the server's clock was.
        verdict = await run.judge(clock_skew_s=DAY_S + 60)
        assert len({dates_before, *dates}) == 3, f"the clock did not jump: {dates_before}, {dates}"
        assert server.log().count("ended unexpectedly") == 0, server.log_tail()
    finally:
        await server.kill_tree()
    lasted_s = (SystemClock().now_us() - began_s) / 1_000_000
    return (
        f"D-17: jumps of {', '.join(f'{s / 3600:+.0f} h' for s in jumps)} within {lasted_s:.0f} s, {verdict.stored} "
        f"events stored once with their own times, drained after {verdict.drained_after_s:.1f} s, no lease stuck"
    )


async def _date_of(server: Server) -> str:
    """Return the day that the server writes into its answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    answer = (await reader.read()).decode("latin-1").lower()
    writer.close()
    (date,) = [line for line in answer.split("\r\n") if line.startswith("date:")]
    return " ".join(date.split()[1:5])


async def _until(condition: object, complaint: str) -> None:
    assert callable(condition)
    clock = SystemClock()
    give_up_s = clock.monotonic_s() + _WAIT_S
    while not condition():
        assert clock.monotonic_s() < give_up_s, complaint
        await asyncio.sleep(0.02)
