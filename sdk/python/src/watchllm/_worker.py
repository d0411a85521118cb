"""The one background thread: waits for a batch to be due and has it delivered; survives whatever happens there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from watchllm import _notices
from watchllm._gate import import_gate
from watchllm._outbox import Outbox
from watchllm._pacing import Pacing
from watchllm._settings import MAX_BATCH_EVENTS, Settings
from watchllm._transport import Transport, load_modules

if TYPE_CHECKING:
    from watchllm._delivery import Delivery

# After an error of our own, so that a bug cannot become a busy loop in the host.
_FAULT_PAUSE_S = 1.0


class Worker:
    """Delivers the entries of one outbox from one daemon thread."""

    def __init__(
        self,
        outbox: Outbox,
        make_transport: Callable[[], Transport],
        settings: Settings,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._make_transport = make_transport
        self._settings = settings
        self._now_s = now_s
        self.pacing = Pacing(now_s)
        self._thread = threading.Thread(target=self.run, name="watchllm", daemon=True)

    def start(self) -> None:
        """Start the thread. Raises RuntimeError where no thread can be started, as at interpreter shutdown."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        """Whether the caller is the worker itself, which must not wait for itself."""
        return threading.current_thread() is self._thread

    def join(self, timeout_s: float) -> None:
        """Wait for the thread to end."""
        self._thread.join(timeout_s)

    def run(self) -> None:
        """Deliver until the outbox is closed: the whole life of the thread."""
        transport: Transport | None = None
        delivery: Delivery | None = None
        while self._wait_for_batch():
            try:
                transport = transport or self._make_transport()
                delivery = delivery or self._load(transport)
                self._deliver_one(delivery)
            except Exception as problem:
                _notices.fault("worker", problem)
                self._pause(_FAULT_PAUSE_S)
        if transport is not None:
            transport.close()

    def _load(self, transport: Transport) -> Delivery:
        """Import what sending needs, with the first batch: a host that sends nothing pays nothing."""
        with import_gate:
            from watchllm._delivery import Delivery

            load_modules(is_tls=self._settings.base_url.startswith("https"))
        return Delivery(self._outbox, transport, self._settings, self.pacing, self._pause)

    def _deliver_one(self, delivery: Delivery) -> None:
        entries = self._outbox.take(MAX_BATCH_EVENTS)
        try:
            delivery.deliver(entries)
        except BaseException:
            # What caused it may cause it again: these events are given up, those behind them are not.
            self._outbox.settle(entries, "internal_error")
            raise

    def _wait_for_batch(self) -> bool:
        """Wait until a batch is due and may be sent; returns False when the outbox was closed instead."""
        outbox, settings = self._outbox, self._settings
        while not outbox.is_closed:
            held_s = self.pacing.wait_s(at_the_end=outbox.is_closing)
            if held_s > 0:
                outbox.sleep(held_s)
                continue
            due_s = outbox.wait_s(settings.flush_at, settings.flush_interval_s)
            if due_s == 0:
                return True
            outbox.sleep(due_s)
        return False

    def _pause(self, seconds: float) -> None:
        until = self._now_s() + seconds
        while not self._outbox.is_closed and (left := until - self._now_s()) > 0:
            self._outbox.sleep(left)
