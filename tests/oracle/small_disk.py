"""A disk of a few megabytes in memory, which a test fills and frees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A mounted tmpfs, and a file on it that takes what the test wants taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def used(self) -> float:
        """Return the share in use, 0 to 1."""
        disk = os.statvfs(self.path)
        return 1 - disk.f_bavail / disk.f_blocks

    def fill(self, share: float) -> None:
        """Take space until this share is in use."""
        disk = os.statvfs(self.path)
        wanted = int((share - self.used()) * disk.f_blocks * disk.f_frsize)
        with self._filler.open("ab") as filler:
            filler.write(bytes(max(0, wanted)))

    def fill_completely(self) -> None:
        """Leave not one block."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (1024 * 1024, 4_096):
                self._write_until_full(filler.fileno(), size)

    @staticmethod
    def _write_until_full(descriptor: int, size: int) -> None:
        piece = bytes(size)
        try:
            while os.write(descriptor, piece) == size:
                pass
        except OSError:
            return

    def free(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(path: Path, mebibytes: int) -> Generator[SmallDisk]:
    """Mount a disk at a path for the length of the block; skips where mounting is refused."""
    path.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", str(path)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot have: a tmpfs of its own ({mounted.stderr.strip()})")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
