"""A real server of MongoDB's wire protocol for tests: FerretDB, built once from `ferretdb/`, on a folder of its own."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.ports import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = Path(__file__).parent / "ferretdb"
BUILT: Final = ROOT / ".venv" / "servers"
# With an empty cache 140 s of processor time, most of it for SQLite in Go; four minutes on one busy core.
_BUILD_TIMEOUT_S: Final = 900.0
_START_TIMEOUT_S: Final = 60.0


class CannotHave(Exception):
    """There is no such server here; the text says why, for a skipped test."""


def build() -> Path:
    """Return the program, which is built when its sources are new. Raises CannotHave without Go or its modules."""
    sources = sorted(path for path in SOURCES.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in sources)).hexdigest()
    program = BUILT / f"ferretdb-{digest[:16]}"
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "ferretdb.lock").open("w") as lock_file:
        # Workers of one run must not build the same at once.
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not program.exists():
            for outdated in BUILT.glob(f"ferretdb-{'?' * 16}"):
                outdated.unlink()
            _go_build(program)
    return program


def _go_build(program: Path) -> None:
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        raise CannotHave("cannot have: FerretDB, which needs Go to be built")
    # Under another name first: a build that was stopped leaves no program.
    made = program.with_suffix(".made")
    command = [go, "build", "-trimpath", "-o", str(made), "."]
    try:
        done = subprocess.run(
            command, cwd=SOURCES, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_S, check=False,
            env={**os.environ, "CGO_ENABLED": "0"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CannotHave(f"cannot have: FerretDB, which took more than {_BUILD_TIMEOUT_S:g} s to build") from None
    if done.returncode != 0:
        raise CannotHave(f"cannot have: FerretDB, which could not be built: {done.stderr.strip()[-500:]}")
    made.rename(program)


@dataclass
class Ferret:
    """One server; it comes back on its port and folder when it is started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, options: str = "") -> str:
        """Return the setting of a store in a database of this server."""
        return f"mongodb://127.0.0.1:{self.port}/{database}{options}"

    def start(self) -> Ferret:
        """Start it and wait until it takes connections. Raises CannotHave where it cannot be built."""
        program = build()
        state = self.folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        with (self.folder / "ferretdb.log").open("ab") as log:
            command = [str(program), "-port", str(self.port), "-folder", str(state)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"FerretDB did not start:\n{(self.folder / 'ferretdb.log').read_text()[-2_000:]}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def kill(self) -> None:
        """End it at once; it does nothing when it has ended."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


if __name__ == "__main__":
    with contextlib.suppress(CannotHave):
        build()
