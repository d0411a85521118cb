"""Fault D-37 at full count: slow, silent and half-open clients beside normal ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.scenes.slow_clients import crowd


@pytest.mark.timeout(1_800)
async def test_five_hundred_slow_and_nine_thousand_idle_clients_disturb_nobody(tmp_path: Path) -> None:
    # Each connection needs a descriptor on both sides, and a process has 20,000 at most where this was measured.
    print(await crowd(tmp_path, slow=500, idle=9_000, patience_s=30.0, seconds=50.0))
