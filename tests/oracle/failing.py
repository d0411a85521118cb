"""Failpoints as a test uses them: the setting that arms some, and proof of how often each one acted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def armed(actions: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that arms failpoints: `{"ingest.committed": "kill*3"}`."""
    return {"WATCHLLM_FAILPOINTS": ",".join(f"{name}={action}" for name, action in actions.items())}


def acted(data_dir: Path, name: str) -> int:
    """Return how often a failpoint acted, over all processes of the data folder."""
    counter = data_dir / "run" / "failpoints" / name
    return counter.stat().st_size if counter.exists() else 0
