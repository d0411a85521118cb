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

_GIVE_UP_S: Final = 60.0
_POINTS: Final = ("processor.before_acknowledge", "processor.acknowledged")
_Look = tuple[bool, int, int]


async def test_the_ledger_balances_at_every_look_while_the_processor_dies(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", environment=armed(dict.fromkeys(_POINTS, "kill*2")))
    await server.start()
    run = Run(tmp_path, server.base_url, seed=71, events_per_s=400.0)
    looks: list[_Look] = []

    def is_enough() -> bool:
        """Tell whether it was looked at in every state, and the processor died as often as it should."""
        has_waited = any(queued for _, queued, _ in looks)
        has_died = [acted(server.data_dir, point) for point in _POINTS] == [2, 2]
        return has_waited and has_died and len({stored for _, _, stored in looks}) > 3

    async def look() -> None:
        clock = SystemClock()
        until_s = clock.monotonic_s() + _GIVE_UP_S
        async with run.api() as api:
            while clock.monotonic_s() < until_s and not is_enough():
                ledger = await api.ledger(run.content.start_us - 60 * MICROSECONDS, clock.now_us() + MICROSECONDS)
                looks.append((ledger["balanced"], ledger["totals"]["queued"], ledger["totals"]["stored"]))
                await asyncio.sleep(0.02)

    try:
        await run.send_while(look())
        await run.judge()
    finally:
        await server.stop()
    assert all(balanced for balanced, _, _ in looks), f"{[look for look in looks if not look[0]][:3]} of {len(looks)}"
    assert is_enough(), looks[-3:]
