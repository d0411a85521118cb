"""D-36: a server that is given too little: descriptors, memory, processors, rights, room."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.oracle.run import Run
from tests.oracle.server import Server

_REFUSED: Final = 2
_LOAD_S: Final = 6.0
_CGROUP: Final = Path("/sys/fs/cgroup/memory")


async def with_too_little(
    folder: Path, name: str, wrapper: list[str], environment: dict[str, str] | None = None
) -> str:
    """Run a server that lacks something under load, then one that lacks nothing: what was accepted is all there."""
    server = Server(folder / "data", wrapper=wrapper)
    run = Run(folder, server.base_url, seed=36, events_per_s=100)

    async def struggle() -> None:
        server.launch()
        await asyncio.sleep(_LOAD_S)
        if server.is_running:
            await server.kill_tree()
        server.wrapper = ()
        await server.start()

    try:
        await run.send_while(struggle())
        verdict = await run.judge()
    finally:
        await server.kill_tree()
    assert not run.answered(500)
    return (
        f"D-36 {name}: {dict(sorted(verdict.outcomes.items()))}, {verdict.stored} events stored once when it had enough"
    )


async def refuse_the_folder(folder: Path, name: str, data_dir: Path, wrapper: list[str]) -> str:
    """Start on a folder that cannot be written: refused with words that name it, and no stack."""
    server = Server(data_dir, wrapper=wrapper)
    server.log_path = folder / "refused.log"
    server.launch()
    code = await server.wait_ended()
    lines = server.log().strip().splitlines()
    assert code == _REFUSED, server.log()
    assert str(data_dir) in server.log()
    assert "Traceback" not in server.log()
    return f"D-36 {name}: refused with {code}: {lines[0].replace(str(data_dir), '…')}"


def command(name: str, *arguments: str) -> list[str]:
    """Return a wrapper; skips where the machine does not have the command."""
    if shutil.which(name) is None:
        pytest.skip(f"cannot have: the command {name}")
    return [name, *arguments]


@contextmanager
def memory_limit(mebibytes: int) -> Generator[list[str]]:
    """Yield a wrapper that runs a command in a group of processes with this much memory; skips where refused."""
    group = _CGROUP / f"watchllm-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(mebibytes * 1024 * 1024))
    except OSError as error:
        pytest.skip(f"cannot have: a memory cgroup ({error.strerror})")
    try:
        yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    # The kernel lets go of a group when the last of its processes was reaped.
    for _ in range(100):
        try:
            group.rmdir()
        except OSError:
            os.sched_yield()
            continue
        return


@contextmanager
def read_only(path: Path) -> Generator[Path]:
    """Yield the folder, mounted so that nobody can write to it; skips where mounting is refused."""
    path.mkdir(parents=True)
    for arguments in (["--bind", str(path), str(path)], ["-o", "remount,ro,bind", str(path)]):
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot have: a read-only mount ({done.stderr.strip()})")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@contextmanager
def outside_of_tmp() -> Generator[Path]:
    """Yield a folder that is not below /tmp, for a server whose /tmp is full."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def with_full_tmp() -> list[str]:
    """Return a wrapper whose command sees a /tmp without room."""
    script = (
        'mount -t tmpfs -o size=64k none /tmp && (head -c 65536 /dev/zero > /tmp/filler 2>/dev/null; true) && exec "$@"'
    )
    return command("unshare", "--mount", "sh", "-c", script, "sh")
