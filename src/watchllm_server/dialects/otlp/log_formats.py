"""OTLP logs as body formats: names records at acceptance, maps them to events that join their spans later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from watchllm_server.dialects.contract import Accepted, Limits, Named, Part, Rewriter
from watchllm_server.dialects.otlp import log_json, log_protobuf
from watchllm_server.dialects.otlp.log_events import event_of_log
from watchllm_server.dialects.otlp.log_record import LogRecord
from watchllm_server.dialects.rewriting import rewrite_message, rewrite_otlp_json
from watchllm_server.model.event import MAX_AHEAD_US, MIN_TIME_US, Event, Rejection, UnreadableEvent

_EARLIEST_NS: Final = MIN_TIME_US * 1_000


class OtlpLogsProtobuf:
    """Implements `contract.Format`."""

    name = "otlp.logs.protobuf"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        return _names(log_protobuf.records(log_protobuf.parse(body), names_only=True), now_us, limits)

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        request = log_protobuf.parse(body)
        return request.SerializeToString() if rewrite_message(request, rewriter) else body

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return _events(log_protobuf.records(log_protobuf.parse(body)), accepted, limits)

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        request = log_protobuf.parse(body)
        places = _places(log_protobuf.records(request, names_only=True), accepted)
        return [_protobuf_part(request, places[index]) for index in indexes]


class OtlpLogsJson:
    """Implements `contract.Format`."""

    name = "otlp.logs.json"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        return _names(log_json.records(log_json.parse(body)), now_us, limits)

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        return rewrite_otlp_json(body, log_json.parse(body), rewriter)

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        return _events(log_json.records(log_json.parse(body)), accepted, limits)

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        request = log_json.parse(body)
        places = _places(log_json.records(request), accepted)
        raw = list(log_json.raw_records(request))
        bodies = [_json_part(*raw[places[index]]) for index in indexes]
        return [Part(part, part.decode()) for part in bodies]


def _names(records: Iterable[LogRecord], now_us: int, limits: Limits) -> Named:
    event_ids: list[str] = []
    rejected: list[Rejection] = []
    latest_ns = (now_us + MAX_AHEAD_US) * 1_000
    for index, record in enumerate(records):
        if not _EARLIEST_NS <= record.time_ns <= latest_ns:
            rejected.append(
                Rejection(index, record.event_id, "bad_time", "a record needs a time between 2000 and tomorrow")
            )
        elif record.size > limits.max_event_bytes:
            rejected.append(
                Rejection(index, record.event_id, "event_too_large", "a record is larger than an event may be")
            )
        else:
            event_ids.append(record.event_id)
    return Named(event_ids=event_ids, rejected=rejected, duplicates=len(event_ids) - len(set(event_ids)))


def _places(records: Iterable[LogRecord], accepted: Accepted) -> list[int]:
    """Return where the accepted records stand among all: an id names content, so it is refused always or never."""
    wanted = set(accepted.event_ids)
    return [place for place, record in enumerate(records) if record.event_id in wanted]


def _events(records: Iterable[LogRecord], accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
    wanted = set(accepted.event_ids)
    return [event_of_log(record, accepted, limits) for record in records if record.event_id in wanted]


def _protobuf_part(request: ExportLogsServiceRequest, place: int) -> Part:
    around = [
        (resource_logs, scope_logs, record)
        for resource_logs in request.resource_logs
        for scope_logs in resource_logs.scope_logs
        for record in scope_logs.log_records
    ]
    resource_logs, scope_logs, record = around[place]
    single = ExportLogsServiceRequest()
    resource = single.resource_logs.add(schema_url=resource_logs.schema_url)
    resource.resource.CopyFrom(resource_logs.resource)
    scope = resource.scope_logs.add(schema_url=scope_logs.schema_url)
    scope.scope.CopyFrom(scope_logs.scope)
    scope.log_records.add().CopyFrom(record)
    return Part(single.SerializeToString(), orjson.dumps(_shown(record)).decode())


def _shown(record: Any) -> dict[str, Any]:
    """Return a record for a person to read, its ids in hex as OTLP JSON writes them."""
    shown = MessageToDict(record, use_integers_for_enums=True)
    return shown | {"traceId": record.trace_id.hex(), "spanId": record.span_id.hex()}


def _json_part(record: dict[str, Any], scope_logs: dict[str, Any], resource_logs: dict[str, Any]) -> bytes:
    scope = {**scope_logs, "logRecords": [record]}
    return orjson.dumps({"resourceLogs": [{**resource_logs, "scopeLogs": [scope]}]})
