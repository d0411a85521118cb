"""The processes over one queue file, and the clock that they share: how they come, crash and go."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.properties.queue_model import QueueModel
from watchllm_server.clock import ManualClock
from watchllm_server.stores.queue.contract import Queue
from watchllm_server.stores.queue.sqlite import SqliteQueue

T = TypeVar("T")

MAX_EVENTS: Final = 24
MAX_BYTES: Final = 1 << 30
# Memory is enough for the file: what a power cut leaves of a disk is not the question here.
FOLDER: Final = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
SECONDS: Final = st.sampled_from([5.0, 610.0, 40.0, 100.0])
# Not the lengths of leases and delays, by a second at least: a queue on a clock of its own is before or behind by as
# much as a busy machine lets a command wait.
ADVANCES: Final = st.sampled_from([6.0, 613.0, 43.0, 104.0])
PICK: Final = st.integers(0, 15)


class QueueProcesses(RuleBasedStateMachine):
    """Up to two processes over one queue: in a file, unless a backend says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="queue-", dir=FOLDER))
        self.clock = ManualClock()
        self.model = QueueModel(MAX_EVENTS)
        self.processes: list[tuple[str, Queue]] = []
        self.dead: list[Queue] = []
        self.opened = 0
        self._open()

    async def make(self) -> Queue:
        """Open the queue once more."""
        path = self.folder / "queue.db"
        return await SqliteQueue.open(path, clock=self.clock, max_events=MAX_EVENTS, max_bytes=MAX_BYTES)

    async def die(self, owner: str, queue: Queue) -> None:
        """What the death of a process does: the kernel lets go of its locks, and nothing else is put in order."""
        assert isinstance(queue, SqliteQueue)
        held = queue._owners._held  # pyright: ignore[reportPrivateUsage]
        for descriptor in held.values():
            os.close(descriptor)
        held.clear()

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        """Run one step to its end; a step that hangs fails."""
        return self.runner.run(asyncio.wait_for(step, 20))

    def _open(self) -> None:
        self.opened += 1
        owner = f"owner-{self.opened}"
        self.processes.append((owner, self.do(self.make())))

    def any_process(self, pick: int) -> tuple[str, Queue]:
        """Return one of the living processes: its owner's name and its queue."""
        return self.processes[pick % len(self.processes)]

    @rule(seconds=ADVANCES)
    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-86_400.0, -30.0, 30.0, 86_400.0]))
    def jump(self, seconds: float) -> None:
        self.clock.jump(seconds)

    @precondition(lambda self: len(self.processes) < 2)
    @rule()
    def start_another(self) -> None:
        self._open()

    @rule(pick=PICK)
    def crash(self, pick: int) -> None:
        """A process is gone without a word."""
        owner, queue = self.processes.pop(pick % len(self.processes))
        self.do(self.die(owner, queue))
        self.dead.append(queue)
        self._gone(owner)

    @rule(pick=PICK)
    def reopen(self, pick: int) -> None:
        owner, queue = self.processes.pop(pick % len(self.processes))
        self.do(queue.close())
        self._gone(owner)

    def _gone(self, owner: str) -> None:
        self.model.owners.discard(owner)
        if not self.processes:
            self._open()

    def teardown(self) -> None:
        for queue in [*self.dead, *(queue for _, queue in self.processes)]:
            self.do(queue.close())
        self.runner.close()
        shutil.rmtree(self.folder)
