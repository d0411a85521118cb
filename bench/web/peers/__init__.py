"""Opens the same trace and the same list in Phoenix and MLflow, each in an environment of its own."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Final

from bench.figures import Figure, judged
from bench.web.chromium import Measured
from bench.web.peers.mlflow import Mlflow
from bench.web.peers.peer import Peer
from bench.web.peers.phoenix import Phoenix
from bench.web.peers.run import measure_peer

# How many times faster than the faster peer we want to be.
MIN_FACTOR: Final = 5.0
_PEERS: Final[tuple[type[Peer], ...]] = (Phoenix, Mlflow)


async def measure_peers(folder: Path, ours: Measured) -> list[Figure]:
    """Install, fill and open each peer; return how many times longer its pages take to be of use."""
    figures: list[Figure] = []
    for peer in _PEERS:
        measured = await measure_peer(peer, folder)
        for page in ("trace", "list"):
            theirs_s = statistics.median(measured.paint_ms[page]) / 1_000
            ours_s = statistics.median(ours.paint_ms[page]) / 1_000
            figures.append(
                judged(f"web_{page}_{peer.name}_to_ours", theirs_s / ours_s, "times", ">=", MIN_FACTOR,
                       theirs_s=round(theirs_s, 3), ours_s=round(ours_s, 3), samples=len(measured.paint_ms[page]))
            )  # fmt: skip
    return figures
