"""B-66: what a server answers that cannot keep its promise now. Its queue counts as full from the start."""

from __future__ import annotations

from typing import Final

from tests.bad_inputs.case import (
    JSON,
    PROTOBUF,
    Ask,
    Case,
    all_of,
    event,
    export,
    get,
    in_request_encoding,
    nothing_stored,
    says_when_to_retry,
)
from tests.bad_inputs.sockets import connected, head
from tests.ingest.calls import BATCH, Answer, send
from tests.running import Server

# No room in the queue, and none for a body beyond the first 64 KiB of each.
ENVIRONMENT: Final = {"WATCHLLM_QUEUE_MAX_BYTES": "1", "WATCHLLM_INGEST_ARRIVING_BYTES": "1"}
_LARGE: Final = 100_000


def _beside_another(media_type: str) -> Ask:
    """Send a large span while another body, which goes on without room, does not come to its end."""

    def ask(server: Server, event_id: str) -> Answer:
        with connected(server) as connection:
            connection.sendall(head(server, BATCH, f"Content-Length: {_LARGE * 2}") + b" " * _LARGE)
            # Its bytes must have arrived first; a small request behind them on the same loop is answered after.
            assert send(server, BATCH, b"[]").status == 202
            return export({"name": "n" * _LARGE}, media_type=media_type)(server, event_id)

    return ask


CASES = [
    Case("B-66", "a native event", event(), 429, "queue_full", all_of(says_when_to_retry, nothing_stored)),
    *(Case("B-66", f"a span as {media}", export({}, media_type=media), 429, "queue_full",
           all_of(says_when_to_retry, in_request_encoding(media))) for media in (PROTOBUF, JSON)),
    *(Case("B-66", f"a large span as {media}", _beside_another(media), 503, "unavailable",
           all_of(says_when_to_retry, in_request_encoding(media))) for media in (PROTOBUF, JSON)),
    Case("B-66", "what was stored before can be read", get("/api/v1/events"), 200),
]  # fmt: skip
