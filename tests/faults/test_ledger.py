"""The ledger balances at every look, also while the processor dies around its acknowledgements."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from tests.oracle.failing import acted, armed
from tests.oracle.run import Run
from tests.oracle.server import Server

from watchllm_server.clock import SystemClock
from watchllm_server.model.times import MICROSECONDS

_SECONDS: Final = 8.0
_POINTS: Final = ("processor.before_acknowledge", "processor.acknowledged")


async def test_the_ledger_balances_at_every_look_while_the_processor_dies(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", environment=armed(dict.fromkeys(_POINTS, "kill*2")))
    await server.start()
    run = Run(tmp_path, server.base_url, seed=71, events_per_s=400.0)
    looks: list[tuple[bool, int, int]] = []

    async def look() -> None:
        clock = SystemClock()
        until_s = clock.monotonic_s() + _SECONDS
        async with run.api() as api:
            while clock.monotonic_s() < until_s:
                ledger = await api.ledger(run.content.start_us - 60 * MICROSECONDS, clock.now_us() + MICROSECONDS)
                looks.append((ledger["balanced"], ledger["totals"]["queued"], ledger["totals"]["stored"]))
                await asyncio.sleep(0.02)

    try:
        await run.send_while(look())
        await run.judge()
    finally:
        await server.stop()
    assert all(balanced for balanced, _, _ in looks), f"{[look for look in looks if not look[0]][:3]} of {len(looks)}"
    # Proof that it was looked at in every state, and that the processor died.
    assert len({stored for _, _, stored in looks}) > 2
    assert any(queued for _, queued, _ in looks)
    assert [acted(server.data_dir, point) for point in _POINTS] == [2, 2]
