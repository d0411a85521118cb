"""A lock around the imports that our threads make late, so that no fork falls into the middle of one.

A child forked then would inherit a module lock whose owner does not exist there, and hang at the same import.
The fork waits instead (`_process`), some 100 ms once in the life of a process.
"""

from __future__ import annotations

import threading

# A fork that waits longer holds a lock of somebody else's for which the import waits: one of them must give way, and
# the child's hanging import of ours does less harm than a host that stands still.
FORK_PATIENCE_S = 2.0


class ImportGate:
    """A context manager for imports, and what a fork does before and after."""

    def __init__(self) -> None:
        # Re-entrant: a signal handler may fork in the middle of an import of its own thread.
        self._lock = threading.RLock()
        self._is_held_by_fork = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def before_fork(self) -> None:
        """Wait until no import is on its way; for a while."""
        self._is_held_by_fork = self._lock.acquire(timeout=FORK_PATIENCE_S)

    def after_fork_in_parent(self) -> None:
        """Let imports go on."""
        if self._is_held_by_fork:
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Begin anew: the thread that held the lock may not exist here."""
        self._lock = threading.RLock()


import_gate = ImportGate()
