"""The yardstick of ingest: the engine alone, in a process of its own, inserting ready-made batches into the table.

Run as a command by `measure`: one process may open one folder, and nothing else shall run beside the clock.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import chdb
import msgspec
import pyarrow as pa

from bench.bodies import Template
from bench.rows import make_batches, of_round
from watchllm_server.stores.events.schema import EVENTS, TIME_TO_FIRST

# Warm-up inserts are left out: the first ones make the folder's files and the engine's threads.
_WARM_UP: Final = 2


class RawRate(msgspec.Struct):
    """What the engine inserted and how long that took, without the making of the bytes."""

    rows: int
    seconds: float
    bytes_per_row: float
    cpu_s: float

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.seconds

    @property
    def cpu_us_per_row(self) -> float:
        return self.cpu_s / self.rows * 1e6

    def joined(self, other: RawRate) -> RawRate:
        """Return the rate over both runs."""
        rows = self.rows + other.rows
        size = (self.bytes_per_row * self.rows + other.bytes_per_row * other.rows) / rows
        return RawRate(rows, self.seconds + other.seconds, size, self.cpu_s + other.cpu_s)


def measure(templates: Path, inserts: int) -> RawRate:
    """Insert `inserts` batches in a process of its own and return the rate."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "bench.raw_engine", str(templates), folder, str(inserts)],
            check=True,
            stdout=subprocess.PIPE,
        )
    return msgspec.json.decode(done.stdout, type=RawRate)


def insert_all(path: str, batches: list[pa.Table], inserts: int) -> RawRate:
    """Insert rounds of the batches into a new table."""
    connection = chdb.connect(path)
    for statement in (EVENTS, TIME_TO_FIRST):
        connection.query(statement)
    names = ", ".join(batches[0].column_names)
    rows, seconds, size, cpu_s = 0, 0.0, 0, 0.0
    for number in range(inserts + _WARM_UP):
        batch = batches[number % len(batches)]
        data = of_round(batch, number + 1)
        started_s, started_cpu_s = time.perf_counter(), time.process_time()
        with connection.send_insert(f"INSERT INTO events ({names})", "ArrowStream") as inserter:
            inserter.append(data)
            inserter.finish()
        if number >= _WARM_UP:
            seconds += time.perf_counter() - started_s
            cpu_s += time.process_time() - started_cpu_s
            rows += batch.num_rows
            size += len(data)
    connection.close()
    return RawRate(rows, seconds, size / rows, cpu_s)


def main() -> None:
    """Read templates, make batches, insert them, print the rate as JSON."""
    templates, folder, inserts = sys.argv[1:]
    bodies = msgspec.msgpack.decode(Path(templates).read_bytes(), type=list[Template])
    rate = insert_all(folder, make_batches(bodies), int(inserts))
    sys.stdout.write(msgspec.json.encode(rate).decode())


if __name__ == "__main__":
    main()
