"""Waits for the event store to have rewritten its parts."""

from __future__ import annotations

import asyncio

from watchllm_server.stores.events.contract.erasing import EventEraser


async def scrubbed(eraser: EventEraser) -> None:
    """Return when what was begun is done."""
    async with asyncio.timeout(60):
        while True:
            if await eraser.is_scrubbed():
                return
            await asyncio.sleep(0.02)
