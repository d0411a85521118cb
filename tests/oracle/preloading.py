"""Small C libraries that stand before the system's own calls in the processes of a test's server."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

_SOURCES = Path(__file__).parent / "preloaded"


def preloaded(name: str, folder: Path) -> dict[str, str]:
    """Compile a library into the folder and return the environment that loads it; skips where no compiler is."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("cannot have: a C compiler, which makes the library that injects the fault")
    library = folder / f"{name}.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCES / f"{name}.c"), "-ldl"], check=True
    )
    return {"LD_PRELOAD": str(library)}


class FailingSync:
    """The next sync of the queue's log fails once with EIO, in the process that is named."""

    def __init__(self, folder: Path) -> None:
        self._arm = folder / "sync-fails"
        self._log = folder / "sync-log"
        self.environment = {
            **preloaded("failing_sync", folder),
            "FAULT_SYNC_ARM": str(self._arm),
            "FAULT_SYNC_FILE": "queue.db-wal",
            "FAULT_SYNC_LOG": str(self._log),
        }

    def arm(self, pid: int) -> None:
        """Let the next sync of a process fail."""
        waiting = self._arm.with_suffix(".new")
        waiting.write_text(str(pid))
        waiting.rename(self._arm)

    @property
    def failures(self) -> int:
        return self._lines().count("failed")

    @property
    def later_syncs(self) -> int:
        """How often a process that had failed synced the log again."""
        return self._lines().count("later")

    def _lines(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


class MovingClock:
    """The wall clock of the server's processes, which the test sets."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock-offset"
        self._file.write_bytes(struct.pack("q", 0))
        self.environment = {**preloaded("moving_clock", folder), "FAULT_CLOCK_FILE": str(self._file)}

    def set(self, seconds: int) -> None:
        """Set the clock so far before (negative) or behind the machine's."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", seconds))
