"""The rows that the server would store for the benchmark's bodies, as the Arrow batches that its writer sends."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from bench.bodies import Template
from watchllm_server.clock import SystemClock
from watchllm_server.dialects.contract import Accepted, Limits
from watchllm_server.dialects.otlp import OtlpTracesProtobuf
from watchllm_server.model.event import Event
from watchllm_server.model.ids import new_event_id
from watchllm_server.processor.pricing import add_cost
from watchllm_server.stores.events.rows import events_table

# The batch size at which the engine is fastest, and that the server's processor uses.
ROWS_PER_BATCH: Final = 10_000
PROJECT_ID: Final = "proj_bench"
# Eight hex digits are the four bytes that a template's round changes.
_ROUND_DIGITS: Final = 8


def read_template(template: Template, sequence: int) -> list[Event]:
    """Return the events of one body as the processor maps and prices them."""
    reader, limits, now_us = OtlpTracesProtobuf(), Limits(), SystemClock().now_us()
    named = reader.read_names(template.body, project_id=PROJECT_ID, now_us=now_us, limits=limits, new_id=new_event_id)
    accepted = Accepted(project_id=PROJECT_ID, event_ids=named.event_ids, accepted_at_us=now_us, sequence=sequence)
    events: list[Event] = []
    for event in reader.read_events(template.body, accepted=accepted, limits=limits):
        if not isinstance(event, Event):
            raise TypeError(f"a body of the benchmark cannot be read: {event.message}")
        add_cost(event)
        events.append(event)
    return events


def make_batches(templates: list[Template]) -> list[pa.Table]:
    """Return full batches of rows from as many templates as fill them."""
    batches: list[pa.Table] = []
    events: list[Event] = []
    for sequence, template in enumerate(templates, start=1):
        events.extend(read_template(template, sequence))
        while len(events) >= ROWS_PER_BATCH:
            batches.append(events_table(events[:ROWS_PER_BATCH]))
            events = events[ROWS_PER_BATCH:]
    return batches


def of_round(batch: pa.Table, number: int) -> bytes:
    """Return the batch with the ids of one round, as the bytes of one Arrow stream."""
    for name in ("trace_id", "event_id", "parent_event_id"):
        column: Any = batch.column(name)
        changed: Any = pc.utf8_replace_slice(column, 0, _ROUND_DIGITS, f"{number:08x}")
        if name == "parent_event_id":
            # A root has no parent in any round.
            changed = pc.if_else(pc.equal(column, ""), "", changed)
        batch = batch.set_column(batch.column_names.index(name), name, changed)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_table(batch.combine_chunks())
    return memoryview(sink.getvalue()).tobytes()
