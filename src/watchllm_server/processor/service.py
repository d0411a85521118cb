"""The role of the processor: workers, and the upkeep while this one leads, until told to stop."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from watchllm_server.errors import WatchLLMError
from watchllm_server.processor.upkeep import Upkeep
from watchllm_server.processor.worker import Worker

# One bundle is being mapped while another is being planned and a third inserted; more would only wait.
WORKERS: Final = 3


async def run_processor(worker: Worker, upkeep: Upkeep, *, stop: asyncio.Event) -> None:
    """Run everything until `stop` is set; a failure of one part ends all, and the supervisor starts anew."""
    try:
        await worker.take_over()
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker.run(stop))
            group.create_task(upkeep.run(stop))
    except ExceptionGroup as failures:
        ours = _first_of_ours(failures)
        if ours is None:
            raise
        # All parts fail of the same: one line says it.
        raise ours from None


def _first_of_ours(failures: ExceptionGroup[Exception]) -> WatchLLMError | None:
    for failure in failures.exceptions:
        if isinstance(failure, ExceptionGroup):
            failure = _first_of_ours(cast("ExceptionGroup[Exception]", failure))
        if isinstance(failure, WatchLLMError):
            return failure
    return None
