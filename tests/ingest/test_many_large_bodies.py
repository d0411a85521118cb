"""Many compressed bodies at once: what they become together is bounded in memory, and each one gets its own answer."""

from __future__ import annotations

import gzip
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import orjson
import pytest
import zstandard
from tests.ingest.calls import BATCH, log_event, new_id, send
from tests.running import Server, wait_until

MIB: Final = 1024 * 1024
ROOM: Final = 64 * MIB
EVENTS: Final = 60
# Four to seven times what there is room for.
CLIENTS: Final = 24
# Beyond the room: one body that goes on without any, the pieces in which bodies are made, and what six threads parse.
MOST_GROWTH: Final = ROOM + 160 * MIB
PACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "zstd": lambda plain: zstandard.ZstdCompressor().compress(plain),
}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {"WATCHLLM_INGEST_DECODED_BYTES": str(ROOM)}
    running = Server(tmp_path_factory.mktemp("narrow") / "data", environment=environment).start()
    yield running
    running.stop()


def grown(server: Server, body: bytes, encoding: str) -> tuple[Counter[int], int]:
    """Send one body from each of many clients; returns the answers by status, and by how much memory grew."""
    process = Path(f"/proc/{server.process.pid if server.process else 0}")
    send(server, BATCH, body, content_encoding=encoding)
    # 5 makes the kernel forget the highest use so far.
    (process / "clear_refs").write_text("5")
    before = _bytes(process, "VmRSS")
    with ThreadPoolExecutor(CLIENTS) as clients:
        sent = [clients.submit(_status, server, body, encoding) for _ in range(CLIENTS)]
        statuses = Counter(each.result() for each in sent)
    return statuses, _bytes(process, "VmHWM") - before


def _status(server: Server, body: bytes, encoding: str) -> int:
    """Send until there is room: where a machine is slow, some are told to come back."""
    while (answer := send(server, BATCH, body, content_encoding=encoding)).status == 503:
        time.sleep(int(answer.headers["retry-after"]))
    return answer.status


def _bytes(process: Path, name: str) -> int:
    line = next(line for line in (process / "status").read_text().splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("encoding", PACK)
def test_many_bombs_at_once_are_refused_as_one_is(narrow: Server, encoding: str) -> None:
    # Large enough to be decompressed in threads, beside each other.
    bomb = PACK[encoding](
        bytes(300 * MIB) if encoding == "gzip" else bytes(19 * MIB) + _noise(300_000) + bytes(9 * MIB)
    )
    statuses, growth = grown(narrow, bomb, encoding)
    assert set(statuses) == {413}
    assert growth <= MOST_GROWTH, f"{growth / MIB:.0f} MiB"


def _noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


@pytest.mark.parametrize("encoding", PACK)
def test_many_large_bodies_at_once_are_accepted_within_the_same_memory(narrow: Server, encoding: str) -> None:
    before = narrow.get("/api/v1/ledger")["totals"]["received"]
    text = "x" * (190 * 1024)
    body = PACK[encoding](orjson.dumps([log_event(new_id(), text=text) for _ in range(EVENTS)]))
    statuses, growth = grown(narrow, body, encoding)
    assert set(statuses) == {202}
    assert growth <= MOST_GROWTH, f"{growth / MIB:.0f} MiB"
    ledger = wait_until(lambda: (found := narrow.get("/api/v1/ledger")["totals"])["queued"] == 0 and found)
    assert ledger["received"] - before == (CLIENTS + 1) * EVENTS
