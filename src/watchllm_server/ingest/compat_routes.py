"""Further routes of OpenTelemetry, and those by which SDKs made for other servers send here, set up by a URL alone."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchllm_server import telemetry
from watchllm_server.dialects.otlp import metrics
from watchllm_server.errors import Invalid, WatchLLMError
from watchllm_server.ingest import otlp_answers
from watchllm_server.ingest.otlp_signals import JSON, LOGS
from watchllm_server.ingest.posting import error_answer, json_answer, post_route, refuse_native, refuse_otlp
from watchllm_server.security.keys import Credential

if TYPE_CHECKING:
    from watchllm_server.dialects.contract import Named
    from watchllm_server.ingest.routes import Ingest

_LOGS: Final = "/v1/logs"
_METRICS: Final = "/v1/metrics"
# Where the SDKs of Langfuse (from 3) and of LangSmith (in its mode for OpenTelemetry) send spans.
_TRACES: Final = ("/api/public/otel/v1/traces", "/otel/v1/traces")
_SCORES: Final = "/api/public/scores"
COMPAT_PATHS: Final = (_LOGS, _METRICS, *_TRACES, _SCORES)

_SCORES_FORMAT: Final = "langfuse.scores.json"
# An answer names this many bad scores; a client that sends more of them has one bug, not many.
_MAX_NAMED_ERRORS: Final = 100


def compat_routes(ingest: Ingest) -> list[Route]:
    """Return the routes, over the bounds of all of ingest."""
    compat = Compat(ingest)
    return [
        post_route(_LOGS, compat.logs, refuse_otlp),
        post_route(_METRICS, compat.metrics, refuse_otlp),
        *(post_route(path, ingest.otlp_traces, refuse_otlp) for path in _TRACES),
        post_route(_SCORES, compat.scores, refuse_native),
    ]


class Compat:
    """The handlers of what is not a trace."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest

    async def logs(self, request: Request) -> Response:
        return await self._ingest.otlp(request, partial(self._ingest.accept_otlp, LOGS))

    async def metrics(self, request: Request) -> Response:
        return await self._ingest.otlp(request, self._count_metrics)

    async def _count_metrics(self, credential: Credential, media_type: str, body: bytes) -> Response:
        """Count the data points and drop them: what they say of model calls is on the spans already.

        They are accepted, since an exporter that is refused fills its application's log once a minute.
        """
        points: Counter[str] = metrics.count_json(body) if media_type == JSON else metrics.count_protobuf(body)
        telemetry.metric_points_dropped(points)
        return otlp_answers.empty(media_type)

    async def scores(self, request: Request) -> Response:
        try:
            async with self._ingest.admitted(request, (JSON,)) as (credential, _, body):
                named = await self._ingest.accept(credential, _SCORES_FORMAT, body)
            return _scores_answer(named, is_list=body.lstrip()[:1] == b"[")
        except WatchLLMError as error:
            return error_answer(error)


def _scores_answer(named: Named, *, is_list: bool) -> Response:
    if not is_list:
        if named.rejected:
            raise Invalid("the score is invalid", details={"errors": [named.rejected[0].as_json()]})
        return json_answer({"id": named.event_ids[0]}, 200)
    if not named.rejected:
        return json_answer({"message": "Accepted"}, 202)
    errors = [{"message": f"score {bad.index}: {bad.message}"} for bad in named.rejected[:_MAX_NAMED_ERRORS]]
    return json_answer({"accepted": len(named.event_ids), "rejected": len(named.rejected), "errors": errors}, 207)
