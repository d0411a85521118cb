"""Sends entries until each is settled or put back: retries, splits, and takes the server's word for the rest.

Ids are fixed before the first try, so that a batch whose answer was lost is deduplicated by the server. What
the server accepted is never sent again on purpose; what it can never accept is dropped and counted.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable
from typing import Any, cast

from watchllm import _notices
from watchllm._encoding import Encoder
from watchllm._entry import Entry
from watchllm._gate import import_gate
from watchllm._outbox import Outbox
from watchllm._own_work import OwnWork
from watchllm._pacing import Pacing, read_retry_after
from watchllm._settings import Settings
from watchllm._transport import Answer, Transport

# What may be better a moment later; 0 stands for no answer at all.
TRANSIENT = frozenset({0, 408, 429, 502, 503, 504})
# The server's limit for one event.
MAX_EVENT_BYTES = 4 * 1024 * 1024
# Bodies above this are split before they are sent: proxies in between often refuse them without a word.
MAX_BATCH_BYTES = 5 * 1024 * 1024
# Below one packet, compressing costs more than it saves.
_MIN_GZIP_BYTES = 1024
# Level 3 is 3 times faster than 6 for text, and 10 % larger.
_GZIP_LEVEL = 3
_GZIP_WINDOW = 31
# How long the worker computes before it lets the host's threads go on: a batch in one go would hold them up
# for milliseconds, while yielding after every event starves the worker when the host is busy.
_SLICE_S = 0.0005
# The longest wait between two tries of one batch, before jitter.
_MAX_BACKOFF_S = 30.0


class Delivery:
    """Delivers what the worker took from the outbox. Used by one thread."""

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        settings: Settings,
        pacing: Pacing,
        sleep: Callable[[float], None],
    ) -> None:
        self._outbox = outbox
        self._transport = transport
        self._encoder = Encoder(settings)
        self._max_retries = settings.max_retries
        self._pacing = pacing
        self._sleep = sleep
        self._reported: dict[str, int] = {}

    def deliver(self, entries: list[Entry]) -> None:
        """Send the entries; on return each of them is settled or back in the outbox, in its order."""
        batches = self._batches(entries)[::-1]
        while batches:
            batch = batches.pop()
            answer = self._send(batch)
            next_batches = self._settle(batch, answer)
            if next_batches is None:
                left = [entry for waiting in [batch, *batches[::-1]] for entry in waiting]
                expired = self._outbox.put_back(left, expired_as="auth" if answer.status in (401, 403) else "expired")
                if expired:
                    _notices.warn("expired", f"{expired} events were dropped: they could not be sent for 10 minutes")
                return
            batches.extend(reversed(next_batches))

    def _batches(self, entries: list[Entry]) -> list[list[Entry]]:
        """Encode the entries and group them by size; those that cannot be sent at all are settled."""
        batches: list[list[Entry]] = [[]]
        size = 0
        began_s = time.perf_counter()
        for entry in entries:
            if not self._encode(entry):
                continue
            if size + len(entry.encoded) > MAX_BATCH_BYTES:
                batches.append([])
                size = 0
            batches[-1].append(entry)
            size += len(entry.encoded) + 1
            if time.perf_counter() - began_s > _SLICE_S:
                time.sleep(0)
                began_s = time.perf_counter()
        return [batch for batch in batches if batch]

    def _encode(self, entry: Entry) -> bool:
        if entry.encoded:
            return True
        try:
            encoded = self._encoder.encode(entry)
        except Exception as problem:
            self._drop([entry], "unserialisable", f"an event could not be written ({type(problem).__name__})")
            return False
        if len(encoded) > MAX_EVENT_BYTES:
            self._drop([entry], "too_large", "an event was dropped: it is larger than 4 MiB")
            return False
        entry.encoded = encoded
        entry.body = {}
        return True

    def _send(self, batch: list[Entry]) -> Answer:
        body, headers = _packed([entry.encoded for entry in batch])
        # What the server refuses it has counted itself.
        counts = {reason: n for reason, n in self._outbox.dropped.copy().items() if reason != "rejected"}
        news = {reason: n - self._reported.get(reason, 0) for reason, n in counts.items()}
        if any(news.values()):
            headers["X-WatchLLM-Dropped"] = json.dumps({k: n for k, n in news.items() if n}, separators=(",", ":"))
        answer = self._try_once(body, headers)
        if answer.status in TRANSIENT and not self._pacing.is_open and self._max_retries:
            answer = self._try_again(answer, body, headers)
        if 200 <= answer.status < 300:
            self._reported = counts
        return answer

    def _try_once(self, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            with OwnWork():
                answer = self._transport.send(body, headers)
        except Exception as problem:
            _notices.warn("unreachable", f"the server cannot be reached ({type(problem).__name__}); events are kept")
            answer = Answer(0)
        if answer.status in TRANSIENT:
            self._pacing.failures += 1
        return answer

    def _try_again(self, answer: Answer, body: bytes, headers: dict[str, str]) -> Answer:
        """Repeat a try that failed; the first failure of a process pays for importing tenacity."""
        with import_gate:
            import tenacity

        first = [answer]
        jitter = tenacity.wait_random_exponential(multiplier=1, max=_MAX_BACKOFF_S)

        def attempt() -> Answer:
            return first.pop() if first else self._try_once(body, headers)

        def wait_s(state: tenacity.RetryCallState) -> float:
            asked_s = _asked_s(_result(state))
            seconds = jitter(state) if asked_s is None else asked_s
            self._pacing.hold(seconds, is_ordered=asked_s is not None)
            return seconds

        retrying = tenacity.Retrying(
            stop=lambda state: state.attempt_number > self._max_retries or self._is_over(),
            wait=wait_s,
            sleep=self._sleep,
            retry=tenacity.retry_if_result(_is_transient),
            retry_error_callback=_result,
        )
        return retrying(attempt)

    def _is_over(self) -> bool:
        return self._outbox.is_closed or self._pacing.is_open

    def _settle(self, batch: list[Entry], answer: Answer) -> list[list[Entry]] | None:
        """Act on the answer; returns what to send next, or None when the batch must wait."""
        status = answer.status
        if status in TRANSIENT:
            self._pacing.gave_up(_asked_s(answer))
            if status:
                _notices.warn("busy", f"the server answers {status}; events are kept")
            return None
        if status in (401, 403):
            self._pacing.refused()
            _notices.error("auth", f"the server refuses the API key ({status}); trying again every 5 minutes")
            return None
        self._pacing.succeeded()
        if 200 <= status < 300:
            self._outbox.settle(batch)
            return []
        if status == 413:
            return self._split(batch)
        if status == 422 and (refused := _named(batch, answer.body)):
            self._drop(refused, "rejected", f"the server refused {len(refused)} events as invalid (422)")
            return [rest] if (rest := [entry for entry in batch if not entry.is_settled]) else []
        reason = "server_error" if status >= 500 else "rejected"
        self._drop(batch, reason, f"the server answered {status}; {len(batch)} events were dropped")
        return []

    def _split(self, batch: list[Entry]) -> list[list[Entry]]:
        if len(batch) == 1:
            self._drop(batch, "too_large", "an event was dropped: the server finds it too large (413)")
            return []
        middle = len(batch) // 2
        return [batch[:middle], batch[middle:]]

    def _drop(self, entries: list[Entry], reason: str, text: str) -> None:
        self._outbox.settle(entries, reason)
        _notices.warn(f"dropped:{reason}", text)


def _is_transient(answer: Answer) -> bool:
    return answer.status in TRANSIENT


def _result(state: Any) -> Answer:
    return cast(Answer, state.outcome.result())


def _asked_s(answer: Answer) -> float | None:
    return read_retry_after(answer.retry_after, time.time())


def _packed(events: list[bytes]) -> tuple[bytes, dict[str, str]]:
    body = b"[" + b",".join(events) + b"]"
    if len(body) < _MIN_GZIP_BYTES:
        return body, {}
    return zlib.compress(body, _GZIP_LEVEL, _GZIP_WINDOW), {"Content-Encoding": "gzip"}


def _named(batch: list[Entry], body: bytes) -> list[Entry]:
    """Return the entries that a 422 names by their index, [] when it names none that can be read."""
    try:
        errors = json.loads(body)["error"]["errors"]
        indexes = {error["index"] for error in errors}
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return [entry for index, entry in enumerate(batch) if index in indexes]
