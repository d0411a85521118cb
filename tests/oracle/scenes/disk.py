"""D-04, D-07 and D-09: a disk that fails a sync, and disks that fill up."""

from __future__ import annotations

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.oracle.preloading import FailingSync
from tests.oracle.run import Run
from tests.oracle.server import API_KEY, Server
from tests.oracle.small_disk import SmallDisk, small_disk
from watchllm_server.clock import SystemClock
from watchllm_server.settings import load_settings
from watchllm_server.wiring.stores import open_queue

# What is promised after the space is back.
RECOVERED_S: Final = 10.0
_WAIT_S: Final = 30.0
_LOOKED_FOR_S: Final = 120.0


async def fail_a_sync(folder: Path, times: int) -> str:
    """D-04: `fsync` returns EIO once: no 2xx after it, readiness is red, and the process ends with an error."""
    sync = FailingSync(folder)
    server = Server(folder / "data", environment=sync.environment)
    run = Run(folder, server.base_url, seed=4, events_per_s=100)
    codes: list[int] = []

    async def fail() -> None:
        for failed in range(1, times + 1):
            await asyncio.sleep(1)
            sync.arm(server.pid)
            await _until(lambda failed=failed: sync.failures >= failed, "no sync has failed")
            failed_s = SystemClock().monotonic_s()
            # Between the failure and the end: never ready.
            while server.is_running:
                assert await asyncio.to_thread(_ready_status, server.base_url) != 200 or not _is_late(failed_s)
            codes.append(await server.wait_ended())
            late = [attempt for attempt in run.answered(200, 202) if attempt.at_s > failed_s]
            assert not late, f"{len(late)} requests were accepted after the failure"
            await server.start()

    try:
        await server.start()
        await run.send_while(fail())
        verdict = await run.judge()
        # A closing process checkpoints; what is promised is that none accepts on the strength of a later sync.
        assert codes == [1] * times, codes
        assert sync.failures == times
        assert "cannot be trusted" in server.log()
    finally:
        await server.kill_tree()
    return (
        f"D-04: {times} failed syncs, exit codes {sorted(set(codes))}, {len(run.answered(503))} answers of 503, 0 of "
        f"2xx after a failure, {verdict.stored} events stored once"
    )


def _is_late(since_s: float) -> bool:
    # A check that had begun before the failure may still say yes.
    return SystemClock().monotonic_s() - since_s > 0.5


async def fill_the_queue(folder: Path, times: int, *, hold_s: float) -> str:
    """D-07: the disk of the queue fills up: refused before accepting, and well again without a restart."""
    with small_disk(folder / "disk", 64) as disk:
        server = Server(folder / "data", environment={"WATCHLLM_QUEUE": f"sqlite:///{disk.path}/queue.db"})
        run = Run(folder, server.base_url, seed=7, events_per_s=200)
        recoveries: list[float] = []

        async def fill_and_free() -> None:
            for number in range(times):
                await _fill_once(server, run, disk, hold_s, is_complete=number % 2 == 1)
                recoveries.append(await _free_once(server, run, disk))

        try:
            await server.start()
            pid = server.pid
            await run.send_while(fill_and_free())
            verdict = await run.judge()
            assert server.pid == pid
            assert server.is_running
            assert not run.answered(500)
            refused = [attempt for attempt in run.answered(503) if attempt.retry_after_s is not None]
            assert len(refused) == len(run.answered(503)) > 0, "a refusal had no Retry-After"
            assert max(recoveries) <= RECOVERED_S, recoveries
        finally:
            await server.kill_tree()
    return (
        f"D-07: full {times} times, {len(refused)} answers of 503 with Retry-After, accepting again after at most "
        f"{max(recoveries):.1f} s without a restart, {verdict.stored} events stored once"
    )


async def _fill_once(server: Server, run: Run, disk: SmallDisk, hold_s: float, *, is_complete: bool) -> None:
    await asyncio.sleep(0.5)
    disk.fill(0.92)
    await _until(lambda: _ready(server)[0] == 503, "readiness stays green at 92 %")
    assert "disk_full" in _ready(server)[1] or "full" in _ready(server)[1], _ready(server)
    accepted = len(run.answered(200, 202))
    await _until(lambda: len(run.answered(200, 202)) > accepted, "nothing is accepted at 92 %")
    refused = len(run.answered(503))
    if is_complete:
        disk.fill_completely()
    else:
        disk.fill(0.97)
    await _until(lambda: len(run.answered(503)) > refused, "nothing is refused on a full disk")
    await asyncio.sleep(hold_s)


async def _free_once(server: Server, run: Run, disk: SmallDisk) -> float:
    """Free the disk; returns the seconds until it is ready and accepts."""
    clock = SystemClock()
    disk.free()
    freed_s, accepted = clock.monotonic_s(), len(run.answered(200, 202))
    await _until(lambda: _ready(server)[0] == 200, "readiness stays red on a free disk")
    status = await asyncio.to_thread(_probe, server.base_url)
    assert status == 400, f"a request that reaches the validation answered {status}"
    # Clients come back when Retry-After has passed.
    await _until(lambda: len(run.answered(200, 202)) > accepted, "nothing is accepted on a free disk")
    return clock.monotonic_s() - freed_s


async def fill_the_event_store(folder: Path, seconds: float) -> str:
    """D-09: the disk of the event store fills up, is freed, and the process restarts."""
    with small_disk(folder / "disk", 96) as disk:
        environment = {
            "WATCHLLM_EVENT_STORE": f"chdb:///{disk.path}/events",
            "WATCHLLM_RETRY_MIN_S": "0.2",
            "WATCHLLM_RETRY_MAX_S": "1",
        }
        server = Server(folder / "data", environment=environment)
        run = Run(folder, server.base_url, seed=9, events_per_s=200)

        async def fill() -> None:
            await asyncio.sleep(2)
            disk.fill_completely()
            refused = server.log().count("bundle given back")
            await _until(lambda: server.log().count("bundle given back") > refused, "the full disk refused no insert")
            await asyncio.sleep(seconds)
            disk.free()
            await server.kill_tree()
            await server.start()

        try:
            await server.start()
            await run.send_while(fill())
            verdict = await run.judge()
            refused = server.log().count("bundle given back")
        finally:
            await server.kill_tree()
    return f"D-09: {refused} attempts refused by a full disk, {verdict.stored} events stored once after the restart"


async def lose_what_was_stored(folder: Path) -> str:
    """D-09: the event store comes back with less than it had said it has; the period of grace makes it good."""
    server = Server(folder / "data")
    run = Run(folder, server.base_url, seed=10, events_per_s=300)
    events, older = server.data_dir / "events", folder / "older"

    async def lose() -> None:
        await asyncio.sleep(2)
        assert await server.stop() == 0
        shutil.copytree(events, older, symlinks=True)
        await server.start()
        await asyncio.sleep(3)
        assert await server.stop() == 0
        shutil.rmtree(events)
        older.rename(events)
        await server.start()

    try:
        await server.start()
        await run.send_while(lose())
        await _looked_for(server)
        assert "stored again" in server.log(), "the loss was not noticed"
        verdict = await run.judge()
        lost = server.log().count("they are stored again")
    finally:
        await server.kill_tree()
    return (
        f"D-09 with a store that lost its last seconds: {lost} bundles stored again, {verdict.stored} events all there"
    )


async def _looked_for(server: Server) -> None:
    """Return when the events of every bundle of before the start were looked for: that goes beside the new events."""
    # Those acknowledged after it wait for half of the period of grace.
    started_us = int((server.data_dir / "run" / "processor.json").stat().st_mtime * 1_000_000)
    queue = await open_queue(load_settings(data_dir=server.data_dir), SystemClock())
    try:
        async with asyncio.timeout(_LOOKED_FOR_S):
            while await queue.list_unchecked(acknowledged_before_us=started_us, max_events=1):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await queue.close()


def _ready(server: Server) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{server.base_url}/readyz", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _ready_status(base_url: str) -> int:
    """Return the status of /readyz, 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, urllib.error.URLError):
        return 0


def _probe(base_url: str) -> int:
    """Send an event that is no event: 400 shows that the request was looked at, and changes nothing."""
    request = urllib.request.Request(
        f"{base_url}/api/v1/events", data=json.dumps({}).encode(), method="POST",
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


async def _until(condition: Callable[[], bool], complaint: str, timeout_s: float = _WAIT_S) -> None:
    clock = SystemClock()
    give_up_s = clock.monotonic_s() + timeout_s
    while not await asyncio.to_thread(condition):
        assert clock.monotonic_s() < give_up_s, complaint
        await asyncio.sleep(0.02)
