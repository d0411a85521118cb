"""Measures our own pages: the trace of 100,000 events, the one that peers get too, and the list."""

from __future__ import annotations

import os
import statistics
from typing import Any, Final

import aiohttp
from tests.oracle.server import Server

from bench.figures import Figure, judged, shown
from bench.web.chromium import Measured, measure
from bench.web.long_trace import RARE_NAME, RARE_TEXT, long_trace
from bench.web.sending import send, until
from watchllm_server.clock import SystemClock

EMAIL: Final = "bench@example.com"
PASSWORD: Final = "a password of the benchmark 81"
# A first start makes this account, so that the browser signs in as a person does.
ACCOUNT: Final = {"WATCHLLM_INIT_USER_EMAIL": EMAIL, "WATCHLLM_INIT_USER_PASSWORD": PASSWORD}

LARGE_SPANS: Final = 100_000
SMALL_SPANS: Final = 2_000
LISTED_TRACES: Final = 50
LISTED_SPANS: Final = 12
LARGE_ID: Final = bytes.fromhex("aa" * 16)
SMALL_ID: Final = bytes.fromhex("bb" * 16)
SAMPLES: Final = 5
# What a page must show to be of use: a step of the run; the run in the list.
STEP: Final = "invoke_agent step 1"
RUN: Final = "invoke_agent research"

_MEGABYTE: Final = 1_000_000
_VISIBLE_S: Final = 600.0


def listed_ids() -> list[bytes]:
    """Return the ids of the traces that fill the list."""
    return [bytes.fromhex(f"{number:032x}") for number in range(1, LISTED_TRACES + 1)]


async def measure_ours(server: Server) -> tuple[list[Figure], Measured]:
    """Fill an empty running server and return the figures, and what was measured for the comparison."""
    await _fill(server)
    base, project = server.base_url, server.project_id
    traces = f"{base}/p/{project}/traces"
    measured = await measure(
        {
            "signIn": {"url": f"{base}/login", "email": EMAIL, "password": PASSWORD},
            "pages": [
                {"name": "large", "url": f"{traces}/{LARGE_ID.hex()}", "text": STEP, "samples": SAMPLES},
                {"name": "trace", "url": f"{traces}/{SMALL_ID.hex()}", "text": STEP, "samples": SAMPLES},
                {"name": "list", "url": traces, "text": RUN, "samples": SAMPLES},
            ],
            "deep": {
                "url": f"{traces}/{LARGE_ID.hex()}", "text": STEP, "scroller": "[role=tree]",
                "search": "[aria-label='Find in trace']", "name": RARE_NAME, "words": RARE_TEXT,
            },
        }
    )  # fmt: skip
    return _figures(measured), measured


def _figures(measured: Measured) -> list[Figure]:
    load: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 1), "events": LARGE_SPANS}
    paints = measured.paint_ms
    return [
        judged("web_trace_paint", statistics.median(paints["large"]) / 1_000, "s", "<", 1.0,
               worst_s=round(max(paints["large"]) / 1_000, 3), samples=SAMPLES, **load),
        judged("web_trace_scroll_longest_frame", measured.scroll_longest_ms / 1_000, "s", "<", 1.0,
               p95_ms=round(measured.scroll_p95_ms, 1), frames=measured.scroll_frames,
               frames_without_rows=measured.scroll_empty_frames, **load),
        judged("web_trace_heap", measured.heap_bytes / _MEGABYTE, "MB", "<", 400.0, **load),
        judged("web_trace_search", measured.search_names_ms, "ms", "<", 300.0, **load),
        shown("web_trace_search_in_texts", measured.search_texts_ms, "ms", **load),
        shown("web_trace_of_2000_paint", statistics.median(paints["trace"]) / 1_000, "s", samples=SAMPLES),
        shown("web_list_paint", statistics.median(paints["list"]) / 1_000, "s", samples=SAMPLES),
    ]  # fmt: skip


async def _fill(server: Server) -> None:
    clock = SystemClock()
    now_ms = clock.now_us() // 1_000
    headers = {"Authorization": f"Bearer {server.api_key}"}
    sizes = {LARGE_ID: LARGE_SPANS, SMALL_ID: SMALL_SPANS, **dict.fromkeys(listed_ids(), LISTED_SPANS)}
    async with aiohttp.ClientSession() as session:
        for trace_id, spans in sizes.items():
            bodies = long_trace(trace_id, spans, start_ms=now_ms - spans * 110 - 60_000)
            await send(session, f"{server.base_url}/v1/traces", bodies, headers)
        for trace_id, spans in sizes.items():

            async def is_there(trace_id: bytes = trace_id, spans: int = spans) -> bool:
                query = {"trace_id": trace_id.hex()}
                async with session.get(f"{server.base_url}/api/v1/where-is", params=query, headers=headers) as answer:
                    return {"stage": "visible", "events": spans} in (await answer.json()).get("stages", ())

            await until(is_there, clock, timeout_s=_VISIBLE_S)
