"""Whether the server lives and can keep its promise, and its metrics; strangers never learn more than a status."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from pydantic import BaseModel

from watchllm_server import __version__
from watchllm_server.errors import Unauthenticated, Unavailable
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.security.tokens import equal
from watchllm_server.stores.queue.contract import QueueDepth
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(tags=["health"])

# A store that takes longer is not usable, whatever it answers in the end.
CHECK_TIMEOUT_S: Final = 2.0
_BALANCE_RANGE_US: Final = 24 * 3_600 * MICROSECONDS
_DEAD_RANGE_US: Final = 3_600 * MICROSECONDS
# Long enough for somebody to see it; the metric and the log keep it.
_LOSS_SHOWN_US: Final = 24 * 3_600 * MICROSECONDS
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
# A proxy on this machine connects from loopback too, for strangers.
_PROXY_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-real-ip")

QUEUED_ENTRIES = Gauge("watchllm_queue_entries", "Entries of the queue that are not stored yet.")
QUEUED_EVENTS = Gauge("watchllm_queue_events", "Events of the queue that are not stored yet.")
QUEUED_BYTES = Gauge("watchllm_queue_bytes", "Bytes of the entries that are not stored yet.")
QUEUE_DISK_BYTES = Gauge("watchllm_queue_disk_bytes", "Bytes of the queue on disk, with its period of grace.")
OLDEST_SECONDS = Gauge("watchllm_queue_oldest_seconds", "Age of the oldest event that is not stored yet; 0 for none.")
LOST_EVENTS = Gauge(
    "watchllm_queue_lost_events",
    "Acknowledged events that the queue has lost to a damaged disk and that are not in the event store; 0 is right.",
)
DISK_USED = Gauge("watchllm_queue_disk_used_ratio", "Share of the queue's disk in use, 0 to 1.")
IMBALANCE = Gauge(
    "watchllm_ledger_imbalance_events", "Events of the last day that the ledger has too many or too few; 0 is right."
)
DEAD_LETTERED = Gauge(
    "watchllm_dead_lettered_last_hour_events",
    "Events accepted within the last hour that are dead letters, over all projects; what an alert should watch.",
)
TOUCHED_TRACES = Gauge("watchllm_touched_traces", "Traces whose summary waits to be computed.")


StoreStatus = Literal["ok", "unavailable", "lost_events", "may_lose_one_second"]


class Health(BaseModel):
    """Each store: `ok` or `unavailable`. The queue also: `lost_events` for a day after some were found to be lost,
    and `may_lose_one_second` while `WATCHLLM_ACCEPT_ONE_SECOND_LOSS` allows it to.
    """

    status: Literal["ok", "degraded"]
    version: str
    stores: dict[str, StoreStatus]


class Ready(BaseModel):
    """`details` names what is missing, for loopback alone."""

    status: Literal["ready", "not_ready"]
    details: dict[str, str] | None = None


@router.get("/livez", summary="Tell whether the process answers")
async def livez() -> dict[str, Literal["ok"]]:
    """Touches no store: a process that answers this must not be restarted for a store's sake."""
    return {"status": "ok"}


@router.get("/healthz", summary="Tell the status of each store")
async def healthz(request: Request) -> Health:
    """Always 200, so that a page about health can be read while a store is down."""
    part = services(request)
    stores: dict[str, StoreStatus] = {
        name: "unavailable" if problem else "ok" for name, problem in (await _check(part)).items()
    }
    if stores["queue"] == "ok":
        stores["queue"] = _status_of(await part.queue.depth(), part.clock.now_us())
    is_well = not {"unavailable", "lost_events"}.intersection(stores.values())
    return Health(status="ok" if is_well else "degraded", version=__version__, stores=stores)


def _status_of(depth: QueueDepth, now_us: int) -> StoreStatus:
    noticed_us = depth.lost_noticed_us
    if depth.lost_events > 0 and noticed_us is not None and now_us - noticed_us < _LOSS_SHOWN_US:
        return "lost_events"
    return "may_lose_one_second" if depth.syncs_each_second else "ok"


@router.get("/readyz", response_model=Ready, summary="Tell whether requests can be served")
async def readyz(request: Request, response: Response) -> Ready:
    """503 unless every store is usable and the queue's disk has room; also from the moment the server is to end."""
    found = {name: problem for name, problem in (await _check(services(request))).items() if problem}
    if not found:
        return Ready(status="ready")
    response.status_code = 503
    return Ready(status="not_ready", details=found if _is_loopback(request) else None)


@router.get("/metrics", response_class=Response, summary="Read metrics for Prometheus")
async def metrics(request: Request) -> Response:
    """For loopback, or with the setting `metrics_token` as bearer token."""
    part = services(request)
    if not _is_loopback(request) and not _has_token(request, part):
        raise Unauthenticated("metrics need the scrape token, or a request from this machine")
    now_us = part.clock.now_us()
    _show(await part.queue.depth(), now_us)
    IMBALANCE.set(await part.queue.imbalance(from_us=now_us - _BALANCE_RANGE_US))
    DEAD_LETTERED.set(await part.queue.count_dead_lettered(from_us=now_us - _DEAD_RANGE_US))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _check(part: Services) -> dict[str, str]:
    """Return what is wrong with each store; empty for nothing."""
    checks: dict[str, Awaitable[Any]] = {
        "queue": _queue_has_room(part),
        "event_store": part.reader.ping(),
        "metadata": part.metadata.version(),
    }
    problems = await asyncio.gather(*(_problem(check) for check in checks.values()))
    return dict(zip(checks, problems, strict=True))


async def _queue_has_room(part: Services) -> None:
    if part.stopping.is_set():
        raise Unavailable("the server is stopping")
    used = (await part.queue.depth()).disk_used
    if used >= part.settings.disk_ready_ratio:
        raise Unavailable(f"the disk is {used:.0%} full", code="disk_full")


async def _problem(check: Awaitable[Any]) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_S:g} s"
    except Exception as error:
        # Whatever a driver raises, the store cannot be used; the answer must still be given.
        return f"{type(error).__name__}: {error}"[:500]
    return ""


def _show(depth: QueueDepth, now_us: int) -> None:
    QUEUED_ENTRIES.set(depth.entries)
    QUEUED_EVENTS.set(depth.events)
    QUEUED_BYTES.set(depth.bytes)
    QUEUE_DISK_BYTES.set(depth.stored_bytes)
    LOST_EVENTS.set(depth.lost_events)
    DISK_USED.set(depth.disk_used)
    TOUCHED_TRACES.set(depth.touched_traces)
    oldest_us = depth.oldest_accepted_us
    OLDEST_SECONDS.set(0 if oldest_us is None else max(0, now_us - oldest_us) / 1_000_000)


def _is_loopback(request: Request) -> bool:
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    return request.client is not None and request.client.host in _LOOPBACK


def _has_token(request: Request, part: Services) -> bool:
    expected = part.settings.metrics_token
    if expected is None:
        return False
    return equal(request.headers.get("authorization", ""), f"Bearer {expected.get_secret_value()}")
