"""Which holders of leases are alive: each keeps a lock on a file of its own, which the kernel lets go with it.

So the lease of a killed processor is free at once and not only when it runs out. A wrong "dead" is harmless:
the fence refuses the old holder.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Owners:
    """The folder of lock files beside the queue's file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}

    def declare(self, owner: str) -> None:
        """Hold the lock of `owner` until `close`; repeating it does nothing."""
        if owner in self._held:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(self._folder / owner, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._held[owner] = descriptor

    def is_alive(self, owner: str) -> bool:
        """Tell whether somebody holds the lock of `owner`; forgets the file of one who does not."""
        if owner in self._held:
            return True
        path = self._folder / owner
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of every lock."""
        for owner, descriptor in self._held.items():
            (self._folder / owner).unlink(missing_ok=True)
            os.close(descriptor)
        self._held.clear()
