"""How full the disk of the queue is, counting the free pages inside its file as free."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from watchllm_server.clock import Clock

# The file system's numbers change slowly; asking for each of a thousand entries a second would show.
_KEEP_S: Final = 0.2
# Of a larger disk, the share is that of its last 40 GiB: a laptop at 97 % may still have room for days.
_WINDOW_BYTES: Final = 40 * 1024**3


class DiskGauge:
    """The share of the disk that is in use, 0 to 1."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._used = 0.0
        self._until_s = -1.0

    def used(self, db: sqlite3.Connection) -> float:
        """Return the share. Deleted entries leave free pages that new ones fill without asking the disk."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._until_s:
            self._used = self._measure(db)
            self._until_s = now_s + _KEEP_S
        return self._used

    def _measure(self, db: sqlite3.Connection) -> float:
        disk = os.statvfs(self._folder)
        (pages,) = db.execute("PRAGMA freelist_count").fetchone()
        (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
        # Blocks that are reserved for root are neither used nor ours.
        ours = (disk.f_blocks - disk.f_bfree + disk.f_bavail) * disk.f_frsize
        free = disk.f_bavail * disk.f_frsize + pages * page_bytes
        window = min(ours, _WINDOW_BYTES)
        return min(1.0, max(0.0, 1.0 - free / window)) if window else 0.0
