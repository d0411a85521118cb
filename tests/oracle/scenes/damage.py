"""D-26: files that end too early or have a flipped bit, as a dying disk leaves them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tests.oracle.api import Api
from tests.oracle.checker import Checker
from tests.oracle.run import Run
from tests.oracle.server import API_KEY, COMMAND, Server, ServerFailed
from tests.oracle.verdict import Verdict

_TAIL_BYTES: Final = 64 * 1024
_SECTOR: Final = 512
_START_S: Final = 30.0
_REFUSED: Final = 2
_LOST: Final = re.compile(r"has lost the end of its log.*?accepted_events=(\d+)")
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")

Damage = Callable[[Path, random.Random], str]


class Found(msgspec.Struct):
    """What became of one damaged copy."""

    what: str
    # `started`, or the one line with which the start was refused.
    start: str
    lost: int = 0


async def damage_copies(folder: Path, *, truncations: int, flips: int) -> str:
    """Damage copies of a data folder, start a server on each, and see that nothing is silently wrong."""
    original, run = await _folder_with_a_backlog(folder)
    chance = random.Random(26)
    damages: list[Damage] = [*[_cut_the_log] * truncations]
    # Its first page is where a file says what it is: chance alone would rarely meet it.
    damages += [_flip("queue/queue.db", 100), _flip("queue/queue.db-wal", 32), _flip("metadata.db", 100)]
    damages += [_flip("queue/queue.db"), _flip("queue/queue.db-wal"), _flip("metadata.db")] * (flips // 3 - 1)
    found: list[Found] = []
    for number, damage in enumerate(damages):
        copy = folder / f"copy-{number}" / "data"
        shutil.copytree(original, copy, symlinks=True)
        what = damage(copy, chance)
        found.append(await _start(copy, run, what))
        shutil.rmtree(copy.parent)
    refused = [each for each in found if each.start != "started"]
    lost = sum(each.lost for each in found)
    return (
        f"D-26: {truncations} cut logs and {len(damages) - truncations} flipped bits: {len(found) - len(refused)} "
        f"started, {len(refused)} refused with one line, {lost} events were in what was cut off or damaged, "
        f"all noticed, 0 wrong, 0 loops"
    )


async def refuse_what_is_no_database(folder: Path) -> str:
    """Flip a bit where a file says what it is, after a clean stop: refused with one line that names it."""
    server = Server(folder / "data")
    await server.start()
    assert await server.stop() == 0
    lines: list[str] = []
    for number, name in enumerate(("queue/queue.db", "metadata.db")):
        copy = folder / f"copy-{number}" / "data"
        shutil.copytree(server.data_dir, copy, symlinks=True)
        _flip_bit(copy / name, at=3, bit=4)
        damaged = Server(copy)
        damaged.launch()
        code = await damaged.wait_ended(_START_S)
        found = _refused(damaged, name, AssertionError(f"ended with {code}"))
        assert code == _REFUSED, damaged.log()
        assert str(copy / name) in found.start
        lines.append(name)
    return f"D-26: {' and '.join(lines)} that are no database any more: refused with {_REFUSED} and one line"


async def put_into_quarantine(folder: Path) -> str:
    """Damage a page that only the processor meets: everything stops with one line, and quarantine lets it go on."""
    original, run = await _folder_with_a_backlog(folder)
    server = Server(original)
    queue = original / "queue" / "queue.db"
    with contextlib.closing(sqlite3.connect(queue)) as db:
        # All of the log into the file, where its pages can be damaged.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    _damage_a_leaf(queue, page_bytes)
    server.launch()
    first = await server.wait_ended(_START_S)
    server.launch()
    again = await server.wait_ended(_START_S)
    said = {line for line in server.log().splitlines() if line.startswith("watchllm: ")}
    # The processor may meet the page before the web server has opened the queue: then the first start is refused too.
    assert first in (1, _REFUSED), f"ended with {first}: {server.log()}"
    assert again == _REFUSED, f"ended with {again}: {server.log()}"
    assert len(said) == 1, said
    assert "watchllm quarantine" in said.pop()
    assert "Traceback" not in server.log()
    told = await asyncio.to_thread(
        subprocess.check_output, [str(COMMAND), "quarantine", "--data-dir", str(original)], text=True
    )
    assert f"moved to {original / 'quarantine'}" in told
    await server.start()
    try:
        verdict = await _judge(server, run)
    finally:
        await server.kill_tree()
    assert verdict.wrong + verdict.duplicates + verdict.spurious == 0, verdict.report()
    assert verdict.stored > 0, told
    assert list((original / "quarantine").glob("queue-*/queue.db"))
    return (
        f"D-26: a damaged page stops everything with one line; after quarantine {verdict.stored} events of "
        f"{run.record.issued_events} are stored"
    )


def _damage_a_leaf(queue: Path, page_bytes: int) -> None:
    """Overwrite the beginning of one of the pages that hold rows: the one in their middle."""
    content = queue.read_bytes()
    # 13 says that a page holds rows; an overflow page begins with a number that is never so large.
    leaves = [at for at in range(page_bytes, len(content), page_bytes) if content[at] == 13]
    with queue.open("r+b") as file:
        file.seek(leaves[len(leaves) // 2])
        file.write(b"\xa5" * 64)


async def _folder_with_a_backlog(folder: Path) -> tuple[Path, Run]:
    """Return a data folder whose queue holds acknowledged events that are not stored, as after a kill."""
    server = Server(folder / "data")
    run = Run(folder, server.base_url, seed=26, events_per_s=600)
    await server.start()
    engine = server.engine_pid()

    async def pile_up() -> None:
        await asyncio.sleep(1.5)
        os.kill(engine, signal.SIGSTOP)
        await asyncio.sleep(2.5)

    await run.send_while(pile_up())
    await server.kill_tree()
    return server.data_dir, run


def _cut_the_log(copy: Path, chance: random.Random) -> str:
    """Cut the queue's log at a sector of its last 64 KiB."""
    log = copy / "queue" / "queue.db-wal"
    size = log.stat().st_size
    kept = max(0, size - chance.randrange(1, _TAIL_BYTES // _SECTOR) * _SECTOR) // _SECTOR * _SECTOR
    os.truncate(log, kept)
    return f"{log.name} cut from {size} to {kept} bytes"


def _flip(name: str, within: int = 0) -> Damage:
    """Return a damage of one bit, anywhere or within the first bytes."""

    def flip(copy: Path, chance: random.Random) -> str:
        file = copy / name
        if not file.exists() or not file.stat().st_size:
            file = copy / "queue" / "queue.db"
        at, bit = chance.randrange(within or file.stat().st_size), chance.randrange(8)
        _flip_bit(file, at=at, bit=bit)
        return f"bit {bit} of byte {at} of {name} flipped"

    return flip


def _flip_bit(file: Path, *, at: int, bit: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        (byte,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte ^ (1 << bit)]))


async def _start(copy: Path, run: Run, what: str) -> Found:
    """Start a server on a damaged copy, and judge what it says."""
    server = Server(copy)
    try:
        server.launch()
        try:
            await server.wait_ready(_START_S)
        except ServerFailed as failed:
            return _refused(server, what, failed)
        try:
            verdict = await _judge(server, run)
        except (OSError, ServerFailed, Exception) as error:
            if server.is_running:
                raise AssertionError(f"{what}: {type(error).__name__}: {error}\n{server.log_tail()}") from error
            return _refused(server, what, error)
        wrong = verdict.wrong + verdict.duplicates + verdict.spurious
        assert wrong == 0, f"{what}: {verdict.report()}"
        assert server.log().count("ended unexpectedly") <= 1, f"{what}: {server.log_tail()}"
        said = _lost_as_the_server_says(server)
        # It counts acceptances: batches whose answer was lost on the way too, and repeats.
        assert said >= verdict.missing, f"{what}: {verdict.missing} events are missing, and it says {said}"
        return Found(what, "started", lost=verdict.missing)
    finally:
        if server.is_running:
            await server.kill_tree()


def _lost_as_the_server_says(server: Server) -> int:
    """Return how many accepted events it says to have lost with the end of its log; 0 when it says nothing."""
    found = _LOST.search(_COLOURS.sub("", server.log()))
    return int(found[1]) if found else 0


def _refused(server: Server, what: str, error: Exception) -> Found:
    """Check that a server that ended has said why, in one line and without a stack."""
    assert not server.is_running, f"{what}: neither ready nor ended: {error}"
    text = server.log()
    # The second is how the command shows a stack.
    assert not any(sign in text for sign in ("Traceback", "╭")), f"{what}: {text[-2_000:]}"
    # A child that opens the same file says the same.
    lines = list({line for line in text.splitlines() if line.startswith("watchllm: ")})
    assert len(lines) == 1, f"{what}: {text[-2_000:]}"
    return Found(what, lines[0])


async def _judge(server: Server, run: Run) -> Verdict:
    async with Api(server.base_url, API_KEY) as api:
        return await Checker(run.content, run.record, api).check_rows(texts=100)
