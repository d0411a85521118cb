"""Named places where a test makes the process die, fail or hang; off in production.

Every state change of ingest, queue, processor and reconciliation passes one. While none is armed, passing costs the
check of an empty dict. Armed by `WATCHLLM_FAILPOINTS`: `name=kill`, `name=fail`, `name=hang:2.5`, several with commas;
`*3` at the end acts three times in all, over every process that shares the data folder, and counts in
`<data-dir>/run/failpoints/<name>`, so that a test can prove that its fault happened. Without it, it acts each time.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import threading
from pathlib import Path
from typing import Final, Literal, NoReturn

import msgspec

from watchllm_server.errors import SettingsError

NAMES: Final = frozenset(
    {
        "ingest.body_read",
        "ingest.committed",
        "queue.before_commit",
        "queue.after_commit",
        "processor.leased",
        "processor.planned",
        "processor.before_insert",
        "processor.insert_sent",
        "processor.inserted",
        "processor.before_dead_letters",
        "processor.after_dead_letters",
        "processor.before_acknowledge",
        "processor.acknowledged",
        "summaries.read",
        "summaries.inserted",
        "reconcile.before_insert",
        "reconcile.inserted",
        "erasing.before_erase",
        "erasing.erased",
        "erasing.before_scrub",
        "replay.enqueued",
        "replay.marked",
    }
)
_SPEC: Final = re.compile(r"^([a-z_.]+)=(kill|fail|hang)(?::([0-9.]+))?(?:\*([0-9]+))?$")


class FailpointError(Exception):
    """What an armed `fail` raises."""


class _Action(msgspec.Struct, frozen=True):
    kind: Literal["kill", "fail", "hang"]
    seconds: float
    times: int | None
    counter: Path


_armed: dict[str, _Action] = {}


def arm(spec: str, folder: Path) -> None:
    """Arm the failpoints of `spec` for this process; "" arms none. Raises SettingsError for one that does not exist."""
    _armed.clear()
    for part in filter(None, (part.strip() for part in spec.split(","))):
        found = _SPEC.match(part)
        if found is None or found.group(1) not in NAMES:
            raise SettingsError(f"WATCHLLM_FAILPOINTS: {part} is not name=kill|fail|hang:seconds of {sorted(NAMES)}")
        name, kind, seconds, times = found.groups()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _armed[name] = _Action(
            kind="kill" if kind == "kill" else "fail" if kind == "fail" else "hang",
            seconds=float(seconds or 0),
            times=int(times) if times else None,
            counter=folder / name,
        )


def reach(name: str) -> None:
    """Pass the place `name`: nothing happens unless a test armed it."""
    if _armed and (action := _armed.get(name)) is not None and _is_due(action):
        _act(name, action)


def _is_due(action: _Action) -> bool:
    """Count this passage, durably and over processes; False when the failpoint has acted often enough."""
    with action.counter.open("ab") as counter:
        fcntl.flock(counter, fcntl.LOCK_EX)
        done = os.fstat(counter.fileno()).st_size
        if action.times is not None and done >= action.times:
            return False
        counter.write(b".")
        return True


def _act(name: str, action: _Action) -> None:
    if action.kind == "kill":
        _die()
    if action.kind == "fail":
        raise FailpointError(name)
    threading.Event().wait(action.seconds)


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    # The signal is delivered before this call returns to Python, or while it waits.
    while True:
        threading.Event().wait(1)
