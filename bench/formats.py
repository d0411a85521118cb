"""How fast bytes become events on one core: our readers beside the bare parse of the same bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.bodies import SPANS_PER_BODY, Template
from bench.figures import Figure, shown
from bench.rows import PROJECT_ID, read_template
from watchllm_server.clock import SystemClock
from watchllm_server.dialects.contract import Limits
from watchllm_server.dialects.otlp import OtlpTracesProtobuf
from watchllm_server.model.ids import new_event_id
from watchllm_server.processor.pricing import add_cost
from watchllm_server.stores.events.rows import events_table

T = TypeVar("T")

# Long enough that one collection of garbage does not decide it.
_SECONDS: Final = 1.5


def measure_formats(templates: list[Template]) -> list[Figure]:
    """Return spans per second and core of each step from bytes to rows."""
    reader, limits, now_us = OtlpTracesProtobuf(), Limits(), SystemClock().now_us()
    read = [read_template(template, 1) for template in templates[:20]]

    def names(template: Template) -> object:
        return reader.read_names(
            template.body, project_id=PROJECT_ID, now_us=now_us, limits=limits, new_id=new_event_id
        )

    def prices(events: Iterable[Any]) -> None:
        for event in events:
            add_cost(event)

    bare = _rate(templates, lambda template: ExportTraceServiceRequest.FromString(template.body))
    figures = [shown("otlp_bare_parse", bare, "spans/s per core")]
    for name, rate in (
        ("otlp_read_names", _rate(templates, names)),
        ("otlp_read_events_priced", _rate(templates, lambda template: read_template(template, 1))),
        ("price_events", _rate(read, prices)),
        ("events_to_arrow", _rate(read, events_table)),
    ):
        figures.append(shown(name, rate, "spans/s per core", of_bare_parse=round(rate / bare, 3)))
    return figures


def _rate(items: list[T], run: Callable[[T], object]) -> float:
    spans, started_s = 0, time.process_time()
    while True:
        for item in items:
            run(item)
            spans += SPANS_PER_BODY
            elapsed_s = time.process_time() - started_s
            if elapsed_s > _SECONDS:
                return spans / elapsed_s
