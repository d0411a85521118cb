"""Memory and processor time of a process tree, from /proc; shared pages count once (PSS)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
from tests.oracle.server import processes_of_group

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_KIB = 1024


class TreeUse(msgspec.Struct, frozen=True):
    """What the processes of a group hold and have used since they began."""

    processes: int
    pss_bytes: int
    cpu_s: float


class Others:
    """What the machine does beside the server and its clients from now on: it tells a noisy run from a quiet one."""

    def __init__(self, group: int) -> None:
        self._group = group
        self._started_s = time.monotonic()
        self._before_s = self._now_s()

    def _now_s(self) -> float:
        return machine_busy_s() - use_of_group(self._group).cpu_s - time.process_time()

    def percent_of_a_core(self, clients_cpu_s: float) -> float:
        """Return the use since the start without that of the clients, whose processes have ended."""
        return (self._now_s() - self._before_s - clients_cpu_s) / (time.monotonic() - self._started_s) * 100


def machine_busy_s() -> float:
    """Return the processor time that everything on this machine has used since its start."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + softirq) / _TICKS_PER_S


def use_of_group(group: int) -> TreeUse:
    """Return the use of every live process of a process group."""
    pids = processes_of_group(group)
    return TreeUse(len(pids), sum(_pss(pid) for pid in pids), sum(_cpu_s(pid) for pid in pids))


def use_by_process(group: int) -> dict[str, int]:
    """Return PSS in bytes by process, named by its subcommand."""
    return {f"{_name(pid)}[{pid}]": _pss(pid) for pid in processes_of_group(group)}


def cpu_by_process(group: int) -> dict[str, float]:
    """Return processor time in seconds by process, named by its subcommand."""
    return {f"{_name(pid)}[{pid}]": _cpu_s(pid) for pid in processes_of_group(group)}


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "Pss":
            return int(value.split()[0]) * _KIB
    return 0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    # utime and stime are the 14th and 15th field; the name and the two before it are cut off.
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    known = ("serve", "engine", "processor", "ingest", "ui-backend")
    return next((word for word in words if word in known), words[0])
