"""The Python SDK as its users install it: the wheel of today's source, in an environment that holds nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.own_environments import ROOT

SDK = ROOT / "sdk" / "python"
BUILD_TIMEOUT_S = 120


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder and return it."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=SDK,
        check=True,
        capture_output=True,
        timeout=BUILD_TIMEOUT_S,
    )
    (wheel,) = folder.glob("watchllm-*.whl")
    return wheel
