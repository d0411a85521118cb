"""Which refused events of a request are remembered, and how: the same in every queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchllm_server.model.ids import MAX_ID_BYTES
from watchllm_server.stores.queue.contract import RefusedEvent

# One request of 20 MiB may name a hundred thousand bad spans; it must not push out those of everybody else.
MAX_OF_REQUEST: Final = 1_000
MESSAGE_CHARS: Final = 500


def remembered(refused: Sequence[RefusedEvent]) -> list[RefusedEvent]:
    """Return those that have an id by which they can be found, in texts that any store takes."""
    return [
        RefusedEvent(storable(event.event_id), event.code, storable(event.message[:MESSAGE_CHARS]))
        for event in refused[:MAX_OF_REQUEST]
        if 0 < len(event.event_id.encode("utf-8", "replace")) <= MAX_ID_BYTES
    ]


def storable(text: str) -> str:
    """Return a text with what no encoding takes (lone surrogates) replaced."""
    return text.encode("utf-8", "replace").decode()
