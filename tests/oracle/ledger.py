"""What the ledger says of a run while it goes on."""

from __future__ import annotations

from tests.oracle.api import Api
from tests.oracle.run import Run
from watchllm_server.clock import SystemClock


async def queued(api: Api, run: Run) -> int:
    """Return how many events of the run wait in the queue."""
    ledger = await api.ledger(run.content.start_us - 60_000_000, SystemClock().now_us() + 1_000_000)
    return int(ledger["totals"]["queued"])
