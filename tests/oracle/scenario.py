"""A whole run: a server, clients, faults while they send, the end of the faults, and the judgement."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import msgspec

from tests.oracle.api import Api
from tests.oracle.backlog import pile_up, settled_backlog
from tests.oracle.chaos import Faults, kill_engine_repeatedly, kill_tree_repeatedly
from tests.oracle.checker import RECOVERY_S, Checker
from tests.oracle.content import Content
from tests.oracle.record import Header, Record
from tests.oracle.sender import Sender
from tests.oracle.server import Server
from tests.oracle.verdict import Verdict
from watchllm_server.clock import SystemClock


class Outcome(msgspec.Struct):
    """What a run did and what it found."""

    verdict: Verdict
    faults: Faults
    damaged_files: list[str]

    def report(self) -> str:
        """Return everything that a person wants to know about a run."""
        return f"{self.faults.summary()}\ndamaged files: {self.damaged_files}\n{self.verdict.report()}"


async def send_while(sender: Sender, during: Awaitable[None]) -> None:
    """Send until `during` ends, then wait until every issued batch is acknowledged."""
    sender.start()
    try:
        await during
    finally:
        await sender.finish(RECOVERY_S)


async def run_with_kills(
    folder: Path,
    *,
    tree_kills: int,
    engine_kills: int,
    events_per_s: float,
    seed: int,
    texts: int | None,
    backlog_events: int = 0,
) -> Outcome:
    """Kill the tree and then the engine while 8 clients send; then judge. Raises ServerFailed when it stays down.

    `backlog_events` of another project wait in the queue when the kills begin.
    """
    server = Server(folder / "data")
    faults = Faults()
    chance = random.Random(seed)
    faults.ready_after_s.append(await server.start())

    async def kill() -> None:
        if backlog_events:
            await pile_up(server.data_dir, backlog_events)
        await kill_tree_repeatedly(server, tree_kills, faults, chance)
        await kill_engine_repeatedly(server, engine_kills, faults, chance)
        if backlog_events:
            await settled_backlog(server.data_dir, backlog_events)

    try:
        verdict = await judge(server, folder / "record.jsonl", kill, events_per_s=events_per_s, seed=seed, texts=texts)
    finally:
        await server.stop()
    return Outcome(verdict, faults, damaged_files(server.data_dir))


async def judge(
    server: Server,
    record_path: Path,
    during: Callable[[], Awaitable[None]],
    *,
    events_per_s: float,
    seed: int,
    texts: int | None,
) -> Verdict:
    """Send to a running server while `during` does its worst, then check every id."""
    record = Record.create(record_path, Header(seed=seed, start_us=SystemClock().now_us()))
    content = Content(seed, record.header.start_us)
    sender = Sender(content, record, base_url=server.base_url, api_key=server.api_key, events_per_s=events_per_s)
    try:
        await send_while(sender, during())
        async with Api(server.base_url, server.api_key) as api:
            return await Checker(content, record, api).check(texts=texts)
    finally:
        record.close()


def damaged_files(data_dir: Path) -> list[str]:
    """Return the SQLite files of a stopped server that fail their own check."""
    damaged: list[str] = []
    for path in sorted(data_dir.rglob("*.db")):
        with closing(sqlite3.connect(path)) as database:
            if database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                damaged.append(str(path))
    return damaged


async def for_seconds(seconds: float) -> None:
    """A fault that is none: let time pass."""
    await asyncio.sleep(seconds)
