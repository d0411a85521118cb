"""One configured connection to a server: takes events from the host's threads, owns the outbox and its worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from watchllm import _notices, _uwsgi
from watchllm._clock import Clock, Ids, RandomIds, SystemClock
from watchllm._entry import Entry
from watchllm._outbox import Outbox
from watchllm._redaction import Redactor
from watchllm._sampling import is_kept
from watchllm._settings import Settings
from watchllm._transport import HttpTransport, Transport
from watchllm._worker import Worker

# How often a waiting flush looks again; the tenth of what it may be late.
_FLUSH_POLL_S = 0.01


class Client:
    """Captures events and delivers them in the background.

    `outbox` is replaced in a forked child; a span that was opened before must compare it before it ends, since
    the parent sends that span.
    """

    def __init__(
        self,
        settings: Settings,
        make_transport: Callable[[], Transport] | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._fixed_ids = ids
        self.new_id = (ids or RandomIds()).new_id
        self._make_transport = make_transport or (lambda: HttpTransport(settings))
        self._on_start = on_start
        self._start_lock = threading.RLock()
        self._worker: Worker | None = None
        self.outbox = Outbox()
        self._redactor: Redactor | None = None
        if settings.redact_defaults or settings.redact is not None or settings.redact_patterns:
            self._redactor = Redactor(settings.redact, settings.redact_patterns, with_defaults=settings.redact_defaults)

    def keeps(self, trace_id: str) -> bool:
        """Return whether the events of a trace are sent, or sampled out."""
        rate = self.settings.sample_rate
        return rate >= 1 or is_kept(trace_id, rate)

    def capture(self, entry: Entry) -> bool:
        """Queue an event whose values are frozen already; returns whether it was accepted."""
        if self._redactor is not None:
            self._redactor.apply(entry)
        if not self.outbox.put(entry):
            self.say_full()
            return False
        if self._worker is None:
            self._start_worker()
        return True

    def say_full(self) -> None:
        """Tell the host that events are being dropped."""
        _notices.warn("queue_full", "events are dropped: the queue is full or shut down; see watchllm.stats()")

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything captured so far is settled; returns False when that did not happen in time."""
        deadline_s = time.monotonic() + timeout_s
        outbox, worker = self.outbox, self._worker
        if worker is not None and worker.is_current:
            return False
        target = outbox.hurry()
        while outbox.settled < target:
            left_s = deadline_s - time.monotonic()
            self._start_worker()
            worker = self._worker
            if worker is None and self._waits_for_workers():
                return False
            held_s = worker.pacing.wait_s(at_the_end=outbox.is_closing) if worker else 0.0
            # Where the server told us to stay away for longer, waiting would only hold up the host.
            if left_s <= 0 or held_s > left_s:
                return False
            time.sleep(min(left_s, _FLUSH_POLL_S))
        return True

    def close(self, timeout_s: float) -> int:
        """Flush, stop the worker and accept nothing more; returns how many events were left behind."""
        outbox, deadline_s = self.outbox, time.monotonic() + timeout_s
        if self._waits_for_workers() and _uwsgi.has_workers():
            outbox.close()
            return 0
        outbox.is_closing = True
        self.flush(timeout_s)
        left = outbox.close()
        worker = self._worker
        if worker is not None and not worker.is_current:
            worker.join(max(0.0, deadline_s - time.monotonic()))
        return left

    def start_afresh(self) -> None:
        """Forget queue, worker and connection: in a forked child they belong to the parent.

        But what the parent has left to its first child, without a worker of its own, is sent from here.
        """
        inherited = self.outbox.left() if self._worker is None and _uwsgi.is_heir() else []
        self._start_lock = threading.RLock()
        self._worker = None
        self.outbox = Outbox()
        for entry in inherited:
            self.outbox.put(entry)
        self.new_id = (self._fixed_ids or RandomIds()).new_id

    def send_inherited(self) -> None:
        """Start the worker when there is something to send: nobody else may capture an event here for long."""
        if self.outbox.accepted:
            self._start_worker()

    def _waits_for_workers(self) -> bool:
        # At the end no worker follows any more.
        return _uwsgi.is_master() and not self.outbox.is_closing

    def _start_worker(self) -> None:
        if self._waits_for_workers():
            return
        with self._start_lock:
            worker = self._worker
            if self.outbox.is_closed or (worker is not None and worker.is_alive):
                return
            worker = Worker(self.outbox, self._make_transport, self.settings)
            try:
                worker.start()
            except Exception as problem:
                # Such as RuntimeError where the host has no threads left: the next event tries again.
                _notices.fault("start", problem)
                return
            self._worker = worker
            self._on_start()
