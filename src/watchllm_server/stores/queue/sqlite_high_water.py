"""The small file beside the SQLite queue that knows how far its commits went, so that a lost end of the log is noticed.

SQLite takes a log that ends too early, or whose last frames are damaged, for one that was cut by a crash: it opens
without a word. But every commit that returned was written here as well. The file is not synced: after a power cut it
may be older than the queue, which says nothing; only one that is ahead of the queue tells that commits were lost.

Several processes write it, each after its own commits. When two of them cross, it may stand one commit too low until
the next one: too low is never a false alarm.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path
from typing import Final

import msgspec

# Fixed, so that a write takes no new block of a full disk, and replaces all of what was there.
_RECORD_BYTES: Final = 90


class Reached(msgspec.Struct, frozen=True):
    """How far a queue was: commits ever, the last sequence, and events ever accepted."""

    queue_id: str
    commits: int
    sequence: int
    accepted_events: int


class HighWater:
    """The file, open for one process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(_file_of(path), os.O_RDWR | os.O_CREAT, 0o600)

    def rise(self, reached: Reached) -> None:
        """Write how far the queue is. A disk that refuses must not fail a commit that stands already."""
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, _packed(reached), 0)

    def close(self) -> None:
        os.close(self._descriptor)


def read_high_water(path: Path) -> Reached | None:
    """Return how far the queue of a file was; None where nobody has written it, or not whole."""
    try:
        record = _file_of(path).read_bytes()[:_RECORD_BYTES]
        fields = record.decode("ascii").split()
    except (OSError, UnicodeDecodeError):
        return None
    if len(fields) != 5 or record != _packed(reached := Reached(fields[0], *map(_number, fields[1:4]))):
        return None
    return reached


def _file_of(path: Path) -> Path:
    return path.with_name(path.name + "-reached")


def _packed(reached: Reached) -> bytes:
    text = f"{reached.queue_id:16} {reached.commits:020} {reached.sequence:020} {reached.accepted_events:020} "
    return f"{text}{zlib.crc32(text.encode()):08x}\n".encode().ljust(_RECORD_BYTES)


def _number(digits: str) -> int:
    return int(digits) if digits.isdecimal() else -1
