"""Memory is bounded while the server is down; `tests/soak` does the same with a million events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from tests.own_environments import ROOT

MAX_GROWTH_MIB = 100


def test_a_hundred_thousand_events_without_a_server_stay_within_the_bounds() -> None:
    capture_without_a_server(100_000)


def capture_without_a_server(events: int) -> dict[str, Any]:
    """Run a host in a process of its own and check what it says about its memory and its events."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sdk.run_without_a_server", str(events)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["queued"] <= 10_000
    assert said["sent"] == 0
    assert said["queued"] + said["dropped"]["queue_full"] == events + 1
    assert said["grown_mib"] <= MAX_GROWTH_MIB
    return said
