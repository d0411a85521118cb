"""Answers of the OTLP routes as its specification wants them: the request's own encoding, also for errors."""

from __future__ import annotations

from typing import Any, Final

import orjson
from google.rpc.status_pb2 import Status
from starlette.responses import Response

from watchllm_server.dialects.contract import Named
from watchllm_server.errors import BadRequest, WatchLLMError
from watchllm_server.ingest.otlp_signals import JSON, PROTOBUF, TRACES, Signal

TYPES: Final = (PROTOBUF, JSON)

# HTTP status → gRPC code, for the `Status` of an error.
_GRPC_CODES: Final = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 413: 8, 415: 3, 429: 8, 503: 14}


def answer_type(content_type: str) -> str:
    """Return the encoding to answer in, before the request's type has been checked."""
    return JSON if content_type.partition(";")[0].strip().lower() == JSON else PROTOBUF


def success(named: Named, media_type: str, signal: Signal = TRACES) -> Response:
    """Return 200, with a partial success when some elements were refused; raises BadRequest when all were."""
    if not named.rejected:
        return empty(media_type)
    first = named.rejected[0]
    what = signal.element
    message = f"{len(named.rejected)} {what}s refused; the first, {what} {first.index}: {first.message}"
    if not named.event_ids:
        raise BadRequest(message, code=first.code)
    if media_type == JSON:
        # Counts of 64 bits are texts in OTLP JSON.
        partial = {signal.rejected_json: str(len(named.rejected)), "errorMessage": message}
        return Response(orjson.dumps({"partialSuccess": partial}), 200, media_type=media_type)
    answer = signal.new_response()
    setattr(answer.partial_success, signal.rejected_field, len(named.rejected))
    answer.partial_success.error_message = message
    return Response(answer.SerializeToString(), 200, media_type=media_type)


def empty(media_type: str) -> Response:
    """Return 200 with the response message that has nothing to say."""
    return Response(b"{}" if media_type == JSON else b"", 200, media_type=media_type)


def failure(error: WatchLLMError, media_type: str) -> Response:
    """Return the error as a `Status`."""
    code = _GRPC_CODES.get(error.status, 13)
    text = f"{error.code}: {error.message}"
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    status: Any = Status(code=code, message=text)
    body = orjson.dumps({"code": code, "message": text}) if media_type == JSON else status.SerializeToString()
    return Response(body, error.status, headers, media_type=media_type)
