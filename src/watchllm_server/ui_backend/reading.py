"""What every reading route does around its read: says what a store's refusal means, and encodes the answer once."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import orjson
from fastapi import Response

from watchllm_server.errors import BadRequest, Unavailable
from watchllm_server.stores.events.contract import QueryLimit, StoreUnavailable
from watchllm_server.ui_backend.parameters import TimeRange, range_fields

# The embedded engine is back this soon after a crash.
_RETRY_AFTER_S = 2


@contextmanager
def reading() -> Generator[None]:
    """Turn what the event store raises into answers, without its words: they may hold SQL."""
    try:
        yield
    except QueryLimit:
        raise BadRequest(
            "this read needs more time, memory or rows than one read may use; narrow the time range or the filter",
            code="query_limit",
        ) from None
    except StoreUnavailable:
        raise Unavailable(
            "the event store cannot be reached; what was accepted is safe", retry_after_s=_RETRY_AFTER_S
        ) from None


def json_answer(body: bytes) -> Response:
    """Return JSON that is encoded already: large answers are not walked again."""
    return Response(body, media_type="application/json")


def page_answer(rows: list[dict[str, Any]], next_cursor: str | None, span: TimeRange) -> Response:
    """Return one page of a list."""
    return json_answer(orjson.dumps({"data": rows, "next_cursor": next_cursor, **range_fields(span)}))
