"""The routes that accept events. Each answers 2xx only after the events are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchllm_server import telemetry
from watchllm_server.errors import BadRequest, MethodNotAllowed, WatchLLMError
from watchllm_server.ingest import otlp_answers
from watchllm_server.ingest.accept import enqueue, read_names, refuse_whole
from watchllm_server.ingest.bodies import content_type_of, read_body
from watchllm_server.ingest.deps import IngestDeps
from watchllm_server.ingest.dropped import read_dropped
from watchllm_server.security.keys import Credential, require_scope

Handler = Callable[[Request], Awaitable[Response]]
_JSON: Final = ("application/json",)
_NATIVE: Final = "native.json"


def ingest_routes(deps: IngestDeps) -> list[Route]:
    """Return the routes, to stand before all others of the port."""
    ingest = Ingest(deps)
    return [
        _post("/api/v1/events", ingest.event),
        _post("/api/v1/events/batch", ingest.batch),
        _post("/v1/traces", ingest.otlp_traces),
    ]


def _post(path: str, handler: Handler) -> Route:
    async def guarded(request: Request) -> Response:
        if request.method != "POST":
            # GET /api/v1/events is a list of ui_backend: only what nobody knows is refused here.
            error = MethodNotAllowed("this route takes POST")
            return _answer(error.body(), error.status, {"Allow": "POST"})
        return await handler(request)

    methods = ["POST"] if path == "/api/v1/events" else ["POST", "GET", "PUT", "DELETE", "PATCH"]
    return Route(path, guarded, methods=methods)


class Ingest:
    """The handlers, over one bound of requests at work."""

    def __init__(self, deps: IngestDeps) -> None:
        self._deps = deps
        self._slots = asyncio.Semaphore(deps.settings.ingest_concurrency)

    async def event(self, request: Request) -> Response:
        return await self._native(request, is_single=True)

    async def batch(self, request: Request) -> Response:
        return await self._native(request, is_single=False)

    async def _native(self, request: Request, *, is_single: bool) -> Response:
        try:
            credential = await self._authenticated(request)
            content_type_of(request.headers, _JSON)
            async with self._slots:
                return await self._accept_native(request, credential, is_single=is_single)
        except WatchLLMError as error:
            return error_answer(error)

    async def _accept_native(self, request: Request, credential: Credential, *, is_single: bool) -> Response:
        body = await self._body(request)
        if is_single:
            _check_single(body)
        named, now_us = await read_names(self._deps, credential, _NATIVE, body)
        if named.rejected:
            raise await refuse_whole(self._deps, credential, named, now_us)
        dropped = read_dropped(request.headers.get("x-watchllm-dropped"))
        await enqueue(self._deps, credential, _NATIVE, body, named, now_us, dropped=dropped)
        if is_single:
            return _answer({"status": "queued", "event_id": named.event_ids[0]}, 202)
        count = len(named.event_ids) - named.duplicates
        answer = {"status": "queued", "count": count, "event_ids": named.event_ids, "duplicates": named.duplicates}
        return _answer(answer, 202)

    async def otlp_traces(self, request: Request) -> Response:
        media_type = otlp_answers.answer_type(request.headers.get("content-type", ""))
        try:
            credential = await self._authenticated(request)
            media_type = content_type_of(request.headers, otlp_answers.TYPES)
            form = otlp_answers.TRACE_FORMATS[media_type]
            async with self._slots:
                body = await self._body(request)
                named, now_us = await read_names(self._deps, credential, form, body)
                await enqueue(self._deps, credential, form, body, named, now_us)
            return otlp_answers.success(named, media_type)
        except WatchLLMError as error:
            return otlp_answers.failure(error, media_type)
        except Exception as error:
            telemetry.fault(request.scope.get("state", {}).get("request_id", ""), "POST", request.url.path, error)
            return otlp_answers.failure(WatchLLMError("something failed here"), media_type)

    async def _authenticated(self, request: Request) -> Credential:
        credential = await self._deps.keys.authenticate(request.headers)
        require_scope(credential, "ingest")
        return credential

    async def _body(self, request: Request) -> bytes:
        settings = self._deps.settings
        return await read_body(request, limit=settings.max_body_bytes, timeout_s=settings.body_timeout_s)


def _check_single(body: bytes) -> None:
    if body.lstrip()[:1] == b"[":
        raise BadRequest("this route takes one event; lists go to /api/v1/events/batch", code="not_a_batch")


def error_answer(error: WatchLLMError) -> Response:
    """Return an error in the shape of every route."""
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(error.body(), error.status, headers)


def _answer(body: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
