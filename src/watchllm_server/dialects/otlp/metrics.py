"""Reads of an OTLP metrics request how many data points each metric has, and nothing more: metrics are not stored."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, cast

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from watchllm_server.errors import BadRequest

# Metrics that LLM applications send. Any other is counted as one: a sender must not fill our own metrics with names.
_KNOWN: Final = frozenset(
    {
        "gen_ai.client.token.usage",
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.operation.time_per_output_chunk",
        "gen_ai.client.inference.operation.duration",
        "gen_ai.client.inference.operation.input_tokens",
        "gen_ai.client.inference.operation.output_tokens",
        "gen_ai.client.inference.usage.input_tokens",
        "gen_ai.client.inference.usage.output_tokens",
        "gen_ai.client.inference.usage.cache_read.input_tokens",
        "gen_ai.client.inference.usage.cache_write.input_tokens",
        "gen_ai.client.inference.usage.reasoning.output_tokens",
        "gen_ai.invoke_agent.duration",
        "gen_ai.invoke_agent.inference_calls",
        "gen_ai.invoke_agent.tool_calls",
        "gen_ai.execute_tool.duration",
        "gen_ai.invoke_workflow.duration",
        "gen_ai.server.request.duration",
        "gen_ai.server.time_to_first_token",
        "gen_ai.server.time_per_output_token",
        "mcp.client.operation.duration",
        "mcp.client.session.duration",
        "mcp.server.operation.duration",
        "mcp.server.session.duration",
        "claude_code.cost.usage",
        "claude_code.token.usage",
    }
)
_OTHER: Final = "other"
_KINDS: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


def count_protobuf(body: bytes) -> Counter[str]:
    """Return the data points by metric, of unknown ones together. Raises BadRequest for a body that is no request."""
    request = ExportMetricsServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise BadRequest("the body is not an ExportMetricsServiceRequest", code="bad_protobuf") from None
    counts: Counter[str] = Counter()
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                kind = metric.WhichOneof("data")
                counts[_name(metric.name)] += len(getattr(metric, kind).data_points) if kind else 0
    # Traces and logs parse as metrics without data.
    if body and not counts.total():
        raise BadRequest("the body is not an ExportMetricsServiceRequest", code="bad_protobuf")
    return counts


def count_json(body: bytes) -> Counter[str]:
    """Return the data points by metric, of unknown ones together. Raises BadRequest for a body that is no request."""
    try:
        decoded: Any = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg}", code="bad_json", details={"offset": error.pos}) from None
    if not isinstance(decoded, dict):
        raise BadRequest("the body is not an ExportMetricsServiceRequest", code="bad_json")
    request = cast(dict[str, Any], decoded)
    if request.get("resourceSpans") or request.get("resourceLogs"):
        raise BadRequest("the body carries traces or logs, not metrics", code="bad_request")
    counts: Counter[str] = Counter()
    for resource_metrics in _objects(request.get("resourceMetrics")):
        for scope_metrics in _objects(resource_metrics.get("scopeMetrics")):
            for metric in _objects(scope_metrics.get("metrics")):
                counts[_name(str(metric.get("name", "")))] += _points(metric)
    return counts


def _name(metric: str) -> str:
    return metric if metric in _KNOWN else _OTHER


def _points(metric: dict[str, Any]) -> int:
    kinds = [cast(dict[str, Any], metric[kind]) for kind in _KINDS if isinstance(metric.get(kind), dict)]
    return sum(len(_objects(kind.get("dataPoints"))) for kind in kinds)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in cast(list[Any], value) if isinstance(item, dict)] if isinstance(value, list) else []
