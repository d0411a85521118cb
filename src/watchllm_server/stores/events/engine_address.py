"""Where the running engine answers: a run file that the engine writes and every other process reads."""

from __future__ import annotations

from pathlib import Path

import msgspec


class EngineAddress(msgspec.Struct, frozen=True):
    """What is written to `<data-dir>/run/engine.json`: readable by the owner alone."""

    url: str
    user: str
    password: str
    pid: int


def read_address(run_dir: Path) -> EngineAddress | None:
    """Return the address of the running engine, or None when there is none (or it is being written)."""
    try:
        return msgspec.json.decode((run_dir / "engine.json").read_bytes(), type=EngineAddress)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
