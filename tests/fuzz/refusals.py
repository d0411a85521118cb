"""What a refusal must be: one of the documented errors, in words that repeat little of what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import orjson

from watchllm_server.errors import CODES, EVENT_CODES, WatchLLMError
from watchllm_server.model.event import Rejection
from watchllm_server.model.ids import MAX_ID_BYTES

T = TypeVar("T")

# The longest message lists the fields of a filter; what a sender wrote is in it with 64 characters at most.
MAX_MESSAGE_CHARS: Final = 700
MAX_SHOWN_CHARS: Final = 64


def refused_or(read: Callable[[], T], sent: Iterable[str] = ()) -> T | None:
    """Return what `read` returns, None when it refuses as documented; every other exception escapes.

    `sent` are texts of the input that no answer may repeat in full length.
    """
    try:
        return read()
    except WatchLLMError as error:
        check_refusal(error, sent)
        return None


def check_refusal(error: WatchLLMError, sent: Iterable[str] = ()) -> None:
    """Raise AssertionError for a fault of ours, an unknown code, or an answer that repeats what was sent."""
    assert 400 <= error.status < 500, f"{error.status} {error.code}: {error.message}"
    assert error.code in CODES or error.code in EVENT_CODES, error.code
    _check_message(error.message, sent)
    orjson.dumps(error.body())


def check_rejection(rejection: Rejection) -> None:
    """Raise AssertionError for a rejection of one event that is not documented or cannot be answered."""
    assert rejection.code in EVENT_CODES, rejection.code
    _check_message(rejection.message, ())
    assert len(rejection.event_id.encode()) <= MAX_ID_BYTES
    orjson.dumps(rejection.as_json())


def _check_message(message: str, sent: Iterable[str]) -> None:
    assert message
    assert len(message) <= MAX_MESSAGE_CHARS, message
    for text in sent:
        assert len(text) <= MAX_SHOWN_CHARS or text not in message, message
