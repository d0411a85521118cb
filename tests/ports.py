"""Ports for servers that must come back on the port that they had."""

from __future__ import annotations

import random
import socket
from typing import Final

# Below where Linux takes the ports of outgoing connections from: a port that a killed server leaves for a while
# must not become the near end of somebody's connection.
_FROM: Final = 12_000
_TO: Final = 32_000


def free_port() -> int:
    """Return a loopback port that nothing listens on, and that no outgoing connection will be given."""
    # Drawn by the system: workers of one run that share a seed must not share ports.
    draw = random.SystemRandom()
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port := draw.randrange(_FROM, _TO)))
            except OSError:
                continue
            return port
