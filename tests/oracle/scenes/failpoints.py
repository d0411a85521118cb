"""D-02 and D-05: a process dies at a named place of the pipe, over and over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from tests.oracle.api import Api
from tests.oracle.bodies import encode
from tests.oracle.content import EVENTS_PER_TRACE
from tests.oracle.failing import acted, armed
from tests.oracle.record import Batch
from tests.oracle.roles import Roles
from tests.oracle.run import Run
from tests.oracle.server import API_KEY, Server
from tests.oracle.stores import EMBEDDED, Stores
from watchllm_server.clock import SystemClock
from watchllm_server.stores.queue.contract import NewEntry
from watchllm_server.wiring.events import event_client
from watchllm_server.wiring.stores import open_queue

_GIVE_UP_S: Final = 60.0
# Between leasing a bundle and its acknowledgement, in the order in which a bundle passes them.
PROCESSOR_POINTS: Final = (
    "processor.leased",
    "processor.planned",
    "processor.before_insert",
    "processor.insert_sent",
    "processor.inserted",
    "processor.before_dead_letters",
    "processor.after_dead_letters",
    "processor.before_acknowledge",
    "processor.acknowledged",
)
# Outside of the acknowledgement: what they leave must be done again.
LATER_POINTS: Final = ("summaries.read", "summaries.inserted")
LETTERS_PROJECT: Final = "proj_letters"


async def kill_before_the_commit(folder: Path, times: int) -> str:
    """D-02: killed between "body read" and "commit": no 2xx, and nothing is stored."""
    server, run = await _kill_each_request(folder, "ingest.body_read", times, seed=21)
    try:
        async with run.api() as api:
            totals = (await _ledger(api, run))["totals"]
            listed = [row async for row in api.list_all("/api/v1/events", run.content.start_us, _now_us())]
        assert totals["received"] == 0, totals
        assert listed == []
        # The same ids, sent again, are new.
        await _send_again(server, run)
        verdict = await run.judge()
        assert verdict.ledger_duplicates == 0, verdict.report()
    finally:
        await server.stop()
    return f"D-02 before the commit: {times} kills, {verdict.stored} events, 0 stored before the client came again"


async def kill_after_the_commit(folder: Path, times: int) -> str:
    """D-02: killed between "commit" and "answer": no 2xx; after the client's retry with the same ids stored once."""
    server, run = await _kill_each_request(folder, "ingest.committed", times, seed=22)
    try:
        await _send_again(server, run)
        verdict = await run.judge()
        # Proof that each batch had been committed before its kill.
        assert verdict.ledger_duplicates == verdict.stored == times * EVENTS_PER_TRACE, verdict.report()
    finally:
        await server.stop()
    return f"D-02 after the commit: {times} kills, {verdict.stored} events accepted twice and stored once"


async def _kill_each_request(folder: Path, point: str, times: int, *, seed: int) -> tuple[Server, Run]:
    """Send `times` batches, each to a server that dies at the point; returns a server that is well."""
    server = Server(folder / "data", environment=armed({point: "kill"}))
    run = Run(folder, server.base_url, seed=seed)
    for number in range(times):
        batch = Batch(number, number * EVENTS_PER_TRACE, EVENTS_PER_TRACE, "otlp" if number % 2 else "native", False)
        run.record.issued(batch)
        server.launch()
        status = await _send_once_it_listens(server, run, batch)
        run.record.tried(number, status or "broken")
        assert status == 0, f"answered {status} at {point}"
        assert await server.wait_ended() == -9
    assert acted(server.data_dir, point) == times
    server.environment.clear()
    await server.start()
    return server, run


async def _send_once_it_listens(server: Server, run: Run, batch: Batch) -> int:
    """Send a batch as soon as the server takes connections; returns the status, 0 for no answer."""
    clock = SystemClock()
    give_up_s = clock.monotonic_s() + _GIVE_UP_S
    path, headers, body = encode(run.content, batch)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {API_KEY}"}) as session:
        while True:
            try:
                async with session.post(server.base_url + path, data=body, headers=headers) as response:
                    return response.status
            except aiohttp.ClientConnectorError:
                assert clock.monotonic_s() < give_up_s, server.log_tail()
                await asyncio.sleep(0.02)
            except (aiohttp.ClientError, OSError):
                return 0


async def _send_again(server: Server, run: Run) -> None:
    for batch in list(run.record.batches.values()):
        status = await _send_once_it_listens(server, run, batch)
        run.record.tried(batch.number, status)
        assert status in (200, 202), status


async def kill_the_processor_everywhere(folder: Path, times: int, *, events: int, stores: Stores = EMBEDDED) -> str:
    """D-05: kill -9 of the processor at each of its failpoints, `times` each, over a backlog with dead letters."""
    bundles = {"WATCHLLM_BUNDLE_MAX_EVENTS": "200", "WATCHLLM_BUNDLE_INTERVAL_MS": "0"}
    roles = Roles(folder / "data", {**stores.environment, **bundles}, ingests=stores.ingests)
    points = PROCESSOR_POINTS + LATER_POINTS
    kills = times * len(points)
    run = Run(
        folder, roles.reading_url, ingest_url=roles.ingest_urls, seed=5, events_per_s=0, is_repeating=True, clients=4
    )
    try:
        async with stores.running():
            await roles.start()
            await run.send_while(run.issued(events))
            letters = await _put_unreadable(roles, 40)
            actions = armed(dict.fromkeys(points, f"kill*{times}"))
            deaths = await _restart_until_they_live(roles, stores.processors, actions, kills)
            verdict = await run.judge()
            for point in points:
                assert acted(roles.data_dir, point) == times, f"{point} acted {acted(roles.data_dir, point)} times"
            assert deaths == kills
            attempts = max(stores.attempts(roles.settings))
            # Three bundles of each processor are open at once, and each kill is an attempt at all of them.
            assert attempts <= kills + 1
            dead = await _dead_letters(roles, letters)
    finally:
        await roles.close()
    return (
        f"D-05: {deaths} kills at {len(points)} points, {verdict.stored} events stored once, {dead} dead letters kept "
        f"once, at most {attempts} attempts at a bundle, summaries right {verdict.summaries_right_after_s:.1f} s later"
    )


async def _put_unreadable(roles: Roles, entries: int) -> list[str]:
    """Put entries past validation into the queue, of a format that nobody reads; returns the ids of their events."""
    queue = await open_queue(roles.settings, SystemClock())
    ids = [f"unreadable-{number}" for number in range(entries)]
    for event_id in ids:
        await queue.enqueue(
            NewEntry(
                project_id=LETTERS_PROJECT, format="of.nobody", body=b"{}", event_ids=[event_id],
                accepted_at_us=SystemClock().now_us(),
            )
        )  # fmt: skip
    await queue.close()
    return ids


async def _restart_until_they_live(roles: Roles, names: Sequence[str], environment: dict[str, str], kills: int) -> int:
    """Start processors anew after each death, until they have died as often as they should; returns how often."""
    clock = SystemClock()
    deaths = 0
    for name in names:
        roles.launch("processor", name, **environment)
    give_up_s = clock.monotonic_s() + _GIVE_UP_S
    while deaths < kills:
        for name in names:
            if (code := roles.code(name)) is not None:
                assert code == -9, roles.log(name)[-3_000:]
                deaths += 1
                give_up_s = clock.monotonic_s() + _GIVE_UP_S
                roles.launch("processor", name, **environment)
        assert clock.monotonic_s() < give_up_s, f"{deaths} of {kills} kills\n{roles.log(names[0])[-3_000:]}"
        await asyncio.sleep(0.02)
    return deaths


async def _dead_letters(roles: Roles, ids: list[str]) -> int:
    """Return how many events are dead letters by the ledger, after finding every id among them."""
    queue = await open_queue(roles.settings, SystemClock())
    minutes = await queue.list_ledger(LETTERS_PROJECT, from_us=0, to_us=_now_us() + 60_000_000)
    await queue.close()
    assert all(minute.is_balanced for minute in minutes), minutes
    dead = sum(minute.dead_lettered for minute in minutes)
    kept = await _kept_letters(roles)
    assert sorted(kept) == sorted(ids)
    assert dead == len(ids)
    return dead


async def _kept_letters(roles: Roles) -> list[str]:
    """Return the ids of the letters that the event store has, each as often as it counts."""
    client = event_client(roles.settings)
    rows = await client.read_rows(
        "SELECT DISTINCT event_id, version FROM dead_letters WHERE project_id = {project:String}",
        {"project": LETTERS_PROJECT},
    )
    await client.close()
    return [row["event_id"] for row in rows]


async def _ledger(api: Api, run: Run) -> dict[str, dict[str, int]]:
    return await api.ledger(run.content.start_us - 60_000_000, _now_us())


def _now_us() -> int:
    return SystemClock().now_us() + 1_000_000
