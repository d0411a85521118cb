"""The routes that accept events. Each answers 2xx only after the events are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchllm_server import telemetry
from watchllm_server.dialects.contract import Named
from watchllm_server.errors import BadRequest, WatchLLMError
from watchllm_server.ingest import otlp_answers
from watchllm_server.ingest.accept import enqueue, read_names, refuse_whole
from watchllm_server.ingest.bodies import Received, content_type_of, most_bytes, plain_body, receive_body
from watchllm_server.ingest.compat_routes import COMPAT_PATHS, compat_routes
from watchllm_server.ingest.deps import IngestDeps
from watchllm_server.ingest.dropped import read_dropped
from watchllm_server.ingest.otlp_signals import TRACES, Signal
from watchllm_server.ingest.posting import error_answer, json_answer, post_route, refuse_native, refuse_otlp
from watchllm_server.ingest.room import Room, Share
from watchllm_server.security.keys import Credential, require_scope

OtlpHandler = Callable[[Credential, str, bytes], Awaitable[Response]]
_JSON: Final = ("application/json",)
_NATIVE: Final = "native.json"


# Bodies of these are bounded here; all others of the port are small.
PATHS: Final = ("/api/v1/events", "/api/v1/events/batch", "/v1/traces", *COMPAT_PATHS)


def ingest_routes(deps: IngestDeps) -> list[Route]:
    """Return the routes, to stand before all others of the port."""
    ingest = Ingest(deps)
    event, batch, otlp_traces, *_ = PATHS
    return [
        # GET /api/v1/events is a list of ui_backend: other methods than POST are not refused here.
        Route(event, ingest.event, methods=["POST"]),
        post_route(batch, ingest.batch, refuse_native),
        post_route(otlp_traces, ingest.otlp_traces, refuse_otlp),
        *compat_routes(ingest),
    ]


class Ingest:
    """The handlers, over bounds of bytes that arrive and that are decompressed, and one of requests at work."""

    def __init__(self, deps: IngestDeps) -> None:
        self._deps = deps
        self._arriving = Room(deps.settings.ingest_arriving_bytes, "too many large bodies are arriving at once")
        self._decoded = Room(deps.settings.ingest_decoded_bytes, "too many large bodies are being decompressed at once")
        self._slots = asyncio.Semaphore(deps.settings.ingest_concurrency)

    async def event(self, request: Request) -> Response:
        return await self._native(request, is_single=True)

    async def batch(self, request: Request) -> Response:
        return await self._native(request, is_single=False)

    async def _native(self, request: Request, *, is_single: bool) -> Response:
        try:
            credential = await self._authenticated(request)
            content_type_of(request.headers, _JSON)
            with self._arriving.share() as share:
                received = await self._receive(request, share)
                async with self._at_work(received) as body:
                    return await self._accept_native(request, credential, body, is_single=is_single)
        except WatchLLMError as error:
            return error_answer(error)

    async def _accept_native(
        self, request: Request, credential: Credential, body: bytes, *, is_single: bool
    ) -> Response:
        if is_single:
            _check_single(body)
        body, named, now_us = await read_names(self._deps, credential, _NATIVE, body)
        if named.rejected:
            raise await refuse_whole(self._deps, credential, named, now_us)
        dropped = read_dropped(request.headers.get("x-watchllm-dropped"))
        await enqueue(self._deps, credential, _NATIVE, body, named, now_us, dropped=dropped)
        if is_single:
            return json_answer({"status": "queued", "event_id": named.event_ids[0]}, 202)
        count = len(named.event_ids) - named.duplicates
        answer = {"status": "queued", "count": count, "event_ids": named.event_ids, "duplicates": named.duplicates}
        return json_answer(answer, 202)

    async def otlp_traces(self, request: Request) -> Response:
        return await self.otlp(request, partial(self.accept_otlp, TRACES))

    async def otlp(self, request: Request, accept: OtlpHandler) -> Response:
        """Answer an OTLP request in its own encoding, also when it fails."""
        media_type = otlp_answers.answer_type(request.headers.get("content-type", ""))
        try:
            async with self.admitted(request, otlp_answers.TYPES) as (credential, media_type, body):
                return await accept(credential, media_type, body)
        except WatchLLMError as error:
            return otlp_answers.failure(error, media_type)
        except Exception as error:
            telemetry.fault(request.scope.get("state", {}).get("request_id", ""), "POST", request.url.path, error)
            return otlp_answers.failure(WatchLLMError("something failed here"), media_type)

    async def accept_otlp(self, signal: Signal, credential: Credential, media_type: str, body: bytes) -> Response:
        named = await self.accept(credential, signal.formats[media_type], body)
        return otlp_answers.success(named, media_type, signal)

    async def accept(self, credential: Credential, form: str, body: bytes) -> Named:
        """Make the good events of a body durable and return the names of all, refused ones among them."""
        body, named, now_us = await read_names(self._deps, credential, form, body)
        await enqueue(self._deps, credential, form, body, named, now_us)
        return named

    @asynccontextmanager
    async def admitted(self, request: Request, types: tuple[str, ...]) -> AsyncGenerator[tuple[Credential, str, bytes]]:
        """Give who asks, the media type and the plain body, within the bounds of memory and of requests at work."""
        credential = await self._authenticated(request)
        media_type = content_type_of(request.headers, types)
        with self._arriving.share() as share:
            received = await self._receive(request, share)
            async with self._at_work(received) as body:
                yield credential, media_type, body

    @asynccontextmanager
    async def _at_work(self, received: Received) -> AsyncGenerator[bytes]:
        """Give the plain body, while the request has room for it and a slot."""
        limit = self._deps.settings.max_body_bytes
        with self._decoded.share() as share:
            # Before the slot: what waits for room must not hold back small bodies. Until it is known how much a body
            # becomes, room is held for the most that it may become.
            await share.hold(most_bytes(received, limit))
            async with self._slots:
                body = await plain_body(received, limit)
                share.shrink(len(body))
                yield body

    async def _authenticated(self, request: Request) -> Credential:
        credential = await self._deps.keys.authenticate(request.headers)
        require_scope(credential, "ingest")
        return credential

    async def _receive(self, request: Request, share: Share) -> Received:
        settings = self._deps.settings
        return await receive_body(request, share, limit=settings.max_body_bytes, timeout_s=settings.body_timeout_s)


def _check_single(body: bytes) -> None:
    if body.lstrip()[:1] == b"[":
        raise BadRequest("this route takes one event; lists go to /api/v1/events/batch", code="not_a_batch")
