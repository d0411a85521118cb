"""Sends traces in native batches, and tries again when the server asks to wait; it makes no events of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import httpx2
import msgspec

from watchllm_server.demo.story import Json

# The API takes up to 100 events in a batch.
BATCH_EVENTS: Final = 100
ATTEMPTS: Final = 6
TIMEOUT_S: Final = 30.0
# Longer waits than this are not worth the person's time who started the demo.
MAX_WAIT_S: Final = 10.0


class DemoFailed(Exception):
    """The server refused the demo's events or could not be reached; the message says what it answered."""


async def send_traces(
    base_url: str, api_key: str, traces: Sequence[list[Json]], progress: Callable[[int, int], None]
) -> None:
    """Send the events of every trace in order; `progress` hears how many traces are there in full."""
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    progress(0, len(traces))
    async with httpx2.AsyncClient(base_url=base_url, headers=headers, timeout=TIMEOUT_S) as client:
        for batch, complete in _batches(traces):
            await _send(client, msgspec.json.encode(batch))
            progress(complete, len(traces))


def _batches(traces: Sequence[list[Json]]) -> Iterator[tuple[list[Json], int]]:
    """Yield batches and the number of traces that are complete with each."""
    batch: list[Json] = []
    for complete, events in enumerate(traces):
        for event in events:
            if len(batch) == BATCH_EVENTS:
                yield batch, complete
                batch = []
            batch.append(event)
    if batch:
        yield batch, len(traces)


async def _send(client: httpx2.AsyncClient, body: bytes) -> None:
    problem = ""
    for attempt in range(ATTEMPTS):
        wait_s = min(MAX_WAIT_S, 0.25 * 2**attempt)
        try:
            answer = await client.post("/api/v1/events/batch", content=body)
        except httpx2.TransportError as error:
            problem = f"cannot reach {client.base_url}: {error}"
        else:
            if answer.is_success:
                return
            problem = f"{answer.status_code}: {answer.text[:500]}"
            if answer.status_code not in (429, 502, 503, 504):
                break
            wait_s = min(MAX_WAIT_S, float(answer.headers.get("Retry-After", wait_s)))
        await asyncio.sleep(wait_s)
    raise DemoFailed(problem)
