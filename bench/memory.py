"""Memory and processor time of a process tree, from /proc; shared pages count once (PSS)."""

from __future__ import annotations

import os
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


def use_of_group(group: int) -> TreeUse:
    """Return the use of every live process of a process group."""
    pids = processes_of_group(group)
    return TreeUse(len(pids), sum(_pss(pid) for pid in pids), sum(_cpu_s(pid) for pid in pids))


def use_by_process(group: int) -> dict[str, int]:
    """Return PSS in bytes by process, named by its subcommand."""
    return {f"{_name(pid)}[{pid}]": _pss(pid) for pid in processes_of_group(group)}


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
