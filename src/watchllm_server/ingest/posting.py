"""What every route of ingest answers the same way: other methods than POST, errors, and small JSON objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchllm_server.errors import MethodNotAllowed, WatchLLMError
from watchllm_server.ingest import otlp_answers

Handler = Callable[[Request], Awaitable[Response]]


def post_route(path: str, handler: Handler, refuse: Callable[[Request, WatchLLMError], Response]) -> Route:
    """Return a route that takes POST, and refuses every other method in the encoding of its own errors."""

    async def guarded(request: Request) -> Response:
        if request.method == "POST":
            return await handler(request)
        answer = refuse(request, MethodNotAllowed("this route takes POST"))
        answer.headers["Allow"] = "POST"
        return answer

    route = Route(path, guarded, methods=["POST"])
    # Every method comes here, so that each answer is in the encoding of its route.
    route.methods = None  # pyright: ignore[reportAttributeAccessIssue]
    return route


def refuse_native(request: Request, error: WatchLLMError) -> Response:
    return error_answer(error)


def refuse_otlp(request: Request, error: WatchLLMError) -> Response:
    return otlp_answers.failure(error, otlp_answers.answer_type(request.headers.get("content-type", "")))


def error_answer(error: WatchLLMError) -> Response:
    """Return an error in the shape of every route."""
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return json_answer(error.body(), error.status, headers)


def json_answer(body: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
