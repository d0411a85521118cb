"""How fast events go in: sustained rate to queryable, time to the answer and time to visible at half that load."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec
from tests.oracle.api import Api
from tests.oracle.server import Server

from bench import load
from bench.bodies import SPANS_PER_TRACE, make_templates
from bench.engine import EngineHttp
from bench.figures import Figure, judged, percentile, shown
from bench.memory import Others, use_of_group
from bench.raw_engine import RawRate
from watchllm_server.clock import SystemClock
from watchllm_server.model.times import MICROSECONDS, to_rfc3339

MIN_RATIO_TO_RAW: Final = 0.25
MAX_ACKNOWLEDGED_P99_MS: Final = 50.0
MAX_VISIBLE_P95_S: Final = 2.0

# The first requests open files and fill caches; they are sent and not counted.
_WARM_UP_S: Final = 2.0
# A backlog that needs longer than this to become visible is a failure of its own.
_VISIBLE_TIMEOUT_S: Final = 300.0
# Asking takes the engine tens of milliseconds: more often, it would be a part of what is measured.
_POLL_S: Final = 0.5
_PROBE_POLL_S: Final = 0.1
_PROBE_EVERY_S: Final = 0.2
# Rounds of parts of the run never meet: each starts at a number of its own.
_WARM_UP_ROUND, _SUSTAINED_ROUND, _HALF_ROUND = 1, 100_000, 200_000


class Ingest:
    """Measures one running server; the figures build on each other in order."""

    def __init__(self, server: Server, templates: Path) -> None:
        self._server = server
        self._templates = templates
        self._clock = SystemClock()
        self._sent = 0

    async def warm_up(self) -> None:
        """Send for a moment and wait until it is visible."""
        await self._send(_WARM_UP_ROUND, _WARM_UP_S, 0.0)
        await self._wait_visible()

    async def measure_sustained(self, *, seconds: float) -> tuple[float, list[Figure]]:
        """Send as fast as answers come; returns spans a second until all are queryable, and what explains it."""
        before, others = use_of_group(self._server.pid), Others(self._server.pid)
        sent = await self._send(_SUSTAINED_ROUND, seconds, 0.0)
        visible_s = await self._wait_visible()
        after = use_of_group(self._server.pid)
        elapsed_s = visible_s - sent.first_sent_s
        accepted = sent.spans / (sent.last_answered_s - sent.first_sent_s)
        shares = {"by_the_clients": sent.cpu_s / elapsed_s * 100, "by_others": others.percent_of_a_core(sent.cpu_s)}
        return sent.spans / elapsed_s, [
            shown("accepted_spans_per_s", accepted, "spans/s", spans=sent.spans, refused=sent.refused),
            shown("lag_after_last_answer", visible_s - sent.last_answered_s, "s"),
            shown("ingest_cpu_per_span", (after.cpu_s - before.cpu_s) / sent.spans * 1e6, "µs"),
            shown(
                "ingest_cores_used",
                (after.cpu_s - before.cpu_s) / elapsed_s,
                "cores by the server",
                **{f"percent_of_a_core_{name}": round(share) for name, share in shares.items()},
            ),
            shown("memory_after_load", after.pss_bytes / 1e6, "MB (PSS, all processes)"),
        ]

    async def measure_half_load(self, rate: float, *, seconds: float) -> list[Figure]:
        """Send at half the sustained rate; returns times to the answer and times to the list of traces."""
        stop = asyncio.Event()
        probing = asyncio.create_task(self._probe(stop))
        sent = await self._send(_HALF_ROUND, seconds, rate / 2)
        stop.set()
        visible_s = await probing
        begun_s = sent.first_sent_s + _WARM_UP_S
        counted = load.Result(requests=[r for r in sent.requests if r.sent_s >= begun_s])
        held = sent.spans / (sent.last_answered_s - sent.first_sent_s)
        await self._wait_visible()
        return [
            judged(
                "acknowledged_p99",
                percentile(counted.acknowledged_ms, 99),
                "ms",
                "<",
                MAX_ACKNOWLEDGED_P99_MS,
                p50=round(percentile(counted.acknowledged_ms, 50), 2),
                max=round(max(counted.acknowledged_ms), 1),
                after_due_p99=round(percentile(counted.late_ms, 99), 1),
                requests=len(counted.requests),
                spans_per_s=round(held),
                refused=sent.refused,
            ),
            judged(
                "visible_p95",
                percentile(visible_s, 95),
                "s",
                "<",
                MAX_VISIBLE_P95_S,
                p50=round(percentile(visible_s, 50), 3),
                max=round(max(visible_s), 3),
                samples=len(visible_s),
            ),
        ]

    async def _send(self, first_round: int, seconds: float, spans_per_s: float) -> load.Result:
        plan = load.Plan(
            host="127.0.0.1",
            port=self._server.port,
            api_key=self._server.api_key,
            templates=str(self._templates),
            first_round=first_round,
            seconds=seconds,
            spans_per_s=spans_per_s,
        )
        running = await asyncio.to_thread(load.start, plan)
        sent = await asyncio.to_thread(running.finish)
        self._sent += sent.spans
        return sent

    async def _wait_visible(self) -> float:
        """Wait until the list of traces counts every span that was sent; returns the time when it did."""
        give_up_s = self._clock.monotonic_s() + _VISIBLE_TIMEOUT_S
        counted = "SELECT sum(event_count) FROM traces FINAL WHERE project_id = {project:String}"
        async with EngineHttp(self._server.data_dir) as engine:
            while True:
                seen = await engine.number(counted, {"project": self._server.project_id})
                now_s = self._clock.monotonic_s()
                if seen == self._sent:
                    return now_s
                if seen > self._sent or now_s > give_up_s:
                    raise RuntimeError(f"{seen} events are visible of {self._sent} that were sent")
                await asyncio.sleep(_POLL_S)

    async def _probe(self, stop: asyncio.Event) -> list[float]:
        """Send single traces beside the load and time each from its answer to its place in the list."""
        probes = make_templates(16, seed=99, now_us=self._clock.now_us(), spans_per_body=SPANS_PER_TRACE)
        headers = {"Content-Type": "application/x-protobuf"}
        times: list[float] = []
        async with Api(self._server.base_url, self._server.api_key) as api:
            while not stop.is_set():
                number, template = len(times) + 1, probes[len(times) % len(probes)]
                await api.post("/v1/traces", template.of_round(number), headers)
                acknowledged_s = self._clock.monotonic_s()
                self._sent += SPANS_PER_TRACE
                await self._until_listed(api, template.trace_id(number))
                times.append(self._clock.monotonic_s() - acknowledged_s)
                await asyncio.sleep(_PROBE_EVERY_S)
        return times

    async def _until_listed(self, api: Api, trace_id: str) -> None:
        condition: dict[str, Any] = {"and": [{"field": "trace_id", "op": "=", "value": trace_id}]}
        now_us = self._clock.now_us()
        query = {
            "filter": msgspec.json.encode(condition).decode(),
            "from": to_rfc3339(now_us - 7_200 * MICROSECONDS),
            "to": to_rfc3339(now_us + 600 * MICROSECONDS),
        }
        give_up_s = self._clock.monotonic_s() + _VISIBLE_TIMEOUT_S
        while self._clock.monotonic_s() < give_up_s:
            rows = (await api.get("/api/v1/traces", **query))["data"]
            if rows and rows[0]["event_count"] == SPANS_PER_TRACE:
                return
            await asyncio.sleep(_PROBE_POLL_S)
        raise RuntimeError(f"trace {trace_id} is not listed after {_VISIBLE_TIMEOUT_S:.0f} s")


def ratio_to_raw(rate: float, raw: RawRate) -> Figure:
    """Return the sustained rate beside the engine's own, measured before and after it on the same rows."""
    return judged(
        "ingest_to_queryable_ratio",
        rate / raw.rows_per_s,
        "of the raw engine's insert rate",
        ">=",
        MIN_RATIO_TO_RAW,
        spans_per_s=round(rate),
        raw_rows_per_s=round(raw.rows_per_s),
        raw_cpu_us_per_row=round(raw.cpu_us_per_row),
        bytes_per_row=round(raw.bytes_per_row),
    )


def prepare(folder: Path, bodies: int) -> Path:
    """Write the bodies of a run into a folder and return their file."""
    path = folder / "templates.bin"
    load.save_templates(make_templates(bodies, seed=1, now_us=SystemClock().now_us()), path)
    return path
