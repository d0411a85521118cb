"""One function per fact: each emits its log line and its counter together, so that they cannot diverge.

Never logs payloads, keys, cookies or Authorization; the fields of a line are those of the function.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from prometheus_client import Counter, Histogram

_log: Final[Any] = structlog.get_logger("watchllm")

ACCEPTED = Counter("watchllm_events_accepted_total", "Events made durable and acknowledged.", ["format"])
REJECTED = Counter("watchllm_events_rejected_total", "Events refused, by code.", ["code"])
STORED = Counter("watchllm_events_stored_total", "Events written to the event store.")
DEAD_LETTERED = Counter("watchllm_events_dead_lettered_total", "Events kept as dead letters.")
QUEUE_DAMAGED = Counter(
    "watchllm_queue_damaged_events_total", "Accepted events whose batch was damaged in the queue; all dead letters."
)
BUNDLE_SECONDS = Histogram("watchllm_bundle_seconds", "Time from lease to acknowledgement of a bundle.")
BUNDLE_FAILURES = Counter("watchllm_bundle_failures_total", "Attempts that gave a bundle back.")
LEASES_LOST = Counter("watchllm_leases_lost_total", "Bundles that another holder took over.")
SUMMARIES = Counter("watchllm_summaries_total", "Trace summaries computed.")
STORED_AGAIN = Counter("watchllm_events_stored_again_total", "Acknowledged events that the event store had lost.")
CHILD_RESTARTS = Counter(
    "watchllm_child_restarts_total", "Processes of ours that ended and were started anew.", ["role"]
)
BODIES_ABORTED = Counter("watchllm_bodies_aborted_total", "Bodies that did not arrive whole, by reason.", ["reason"])
CONNECTIONS_REFUSED = Counter(
    "watchllm_connections_refused_total", "Requests whose head was refused, by code; mostly not HTTP/1.1.", ["code"]
)
METRIC_POINTS_DROPPED = Counter(
    "watchllm_metric_points_dropped_total",
    "Data points of OTLP metrics, which are accepted and not stored.",
    ["metric"],
)
FAULTS = Counter("watchllm_faults_total", "Requests that ended in a fault of ours.")


def configure_logging(level: str, form: str) -> None:
    """Send log lines to stderr, for people or as JSON."""
    is_terminal = sys.stderr.isatty()
    renderer: Any = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=is_terminal)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def accepted(form: str, count: int) -> None:
    ACCEPTED.labels(form).inc(count)


def rejected(code: str, count: int) -> None:
    REJECTED.labels(code).inc(count)


def metric_points_dropped(points: Mapping[str, int]) -> None:
    for metric, count in points.items():
        METRIC_POINTS_DROPPED.labels(metric).inc(count)


def bundle_stored(bundle_id: str, events: int, dead_letters: int, seconds: float) -> None:
    STORED.inc(events)
    DEAD_LETTERED.inc(dead_letters)
    BUNDLE_SECONDS.observe(seconds)
    _log.debug(
        "bundle stored", bundle_id=bundle_id, events=events, dead_letters=dead_letters, seconds=round(seconds, 3)
    )
    if dead_letters:
        _log.warning("events were dead-lettered", bundle_id=bundle_id, count=dead_letters)


def queue_damaged(bundle_id: str, events: int) -> None:
    QUEUE_DAMAGED.inc(events)
    _log.error(
        "entries of the queue were damaged on its disk; their events are dead letters",
        bundle_id=bundle_id,
        events=events,
    )


def bundle_failed(bundle_id: str, attempts: int, error: str, delay_s: float) -> None:
    BUNDLE_FAILURES.inc()
    _log.warning(
        "bundle given back", bundle_id=bundle_id, attempts=attempts, error=error[:300], retry_in_s=round(delay_s, 1)
    )


def lease_lost(bundle_id: str) -> None:
    LEASES_LOST.inc()
    _log.warning("lease lost", bundle_id=bundle_id)


def upkeep_begun() -> None:
    _log.info("this processor does the upkeep of the queue")


def summaries_written(count: int) -> None:
    SUMMARIES.inc(count)
    _log.debug("summaries written", count=count)


def summaries_failed(error: str) -> None:
    _log.warning("summaries wait", error=error[:300])


def reconciliation_failed(error: str) -> None:
    _log.warning("reconciliation waits", error=error[:300])


def mail_failed(error: str) -> None:
    _log.error("a letter could not be sent", error=error[:300])


def erasing_failed(error: str) -> None:
    _log.warning("deletions wait", error=error[:300])


def deletion_finished(deletion_id: str, kind: str) -> None:
    _log.info("deletion finished", deletion_id=deletion_id, kind=kind)


def stored_again(bundle_id: str, events: int, dead_letters: int) -> None:
    STORED_AGAIN.inc(events + dead_letters)
    _log.error(
        "the event store had lost events that it said it had stored; they are stored again",
        bundle_id=bundle_id,
        events=events,
        dead_letters=dead_letters,
    )


def stored_despite_error(event_id: str, error: str) -> None:
    _log.warning(
        "the event store refused an event that it stored all the same: a materialized view of events fails",
        event_id=event_id,
        error=error[:300],
    )


def queue_lost_its_end(commits: int, events: int) -> None:
    _log.error(
        "the queue has lost the end of its log, as a damaged disk makes it; the events that are gone were acknowledged",
        commits=commits,
        accepted_events=events,
    )


def queue_mended(events: int, found: int) -> None:
    _log.error(
        "looked for the events that the queue has lost: those in the event store are in the ledger again",
        accepted_events=events,
        found=found,
        lost=events - found,
    )


def queue_failed(reason: str) -> None:
    _log.critical("nothing can be accepted any more; stopping", reason=reason[:300])


def event_store_refuses(error: str) -> None:
    _log.error(
        "the event store does not start; events are accepted and wait in the queue; `watchllm doctor` examines it",
        error=error[:300],
    )


def child_started(role: str, pid: int) -> None:
    _log.debug("started", role=role, pid=pid)


def child_ended(role: str, code: int, retry_in_s: float) -> None:
    CHILD_RESTARTS.labels(role).inc()
    _log.warning("ended unexpectedly; starting it anew", role=role, code=code, retry_in_s=round(retry_in_s, 1))


def stopping(reason: str) -> None:
    _log.info("stopping", reason=reason)


def body_aborted(reason: str) -> None:
    BODIES_ABORTED.labels(reason).inc()
    _log.debug("a body did not arrive whole", reason=reason)


def connection_refused(status: int, code: str) -> None:
    CONNECTIONS_REFUSED.labels(code).inc()
    _log.warning("a request without a readable head was refused", status=status, code=code)


def fault(request_id: str, method: str, path: str, error: BaseException) -> None:
    FAULTS.inc()
    _log.error("request failed", request_id=request_id, method=method, path=path, exc_info=error)
