"""The application of ui_backend: its routes, its answers to errors, and the layers around them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from watchllm_server import __version__
from watchllm_server.errors import BadRequest, MethodNotAllowed, NotFound, WatchLLMError
from watchllm_server.ui_backend.answers import Error
from watchllm_server.ui_backend.guard import refuse_unguarded
from watchllm_server.ui_backend.headers import Headers
from watchllm_server.ui_backend.limits import LoginLimits, ReadLimits, ResetLimits
from watchllm_server.ui_backend.live import Live
from watchllm_server.ui_backend.reference import add_reference
from watchllm_server.ui_backend.routes import (
    api_keys,
    audit,
    auth,
    dead_letters,
    deletions,
    drop_in,
    events,
    export,
    fields,
    first_steps,
    health,
    inside_trace,
    invitation,
    invites,
    ledger,
    live,
    members,
    own_sessions,
    password_reset,
    projects,
    redaction,
    search,
    sessions,
    stats,
    traces,
    views,
)
from watchllm_server.ui_backend.services import Services
from watchllm_server.ui_backend.small_bodies import SmallBodies
from watchllm_server.ui_backend.web import add_web_app

# In the order in which addresses are matched: `/traces/timeline` is no id of a trace.
_ROUTERS: Final = (
    auth.router, stats.router, traces.router, inside_trace.router, events.router, fields.router, ledger.router,
    dead_letters.router, first_steps.router, sessions.router, search.router, live.router, export.router,
    views.router, projects.router, api_keys.router, members.router, invites.router, invitation.router,
    own_sessions.router, audit.router, deletions.router, redaction.router, password_reset.router,
)  # fmt: skip


def create_app(
    services: Services, *, web_dir: Path | None, has_ui: bool = True, large_bodies: Collection[str] = ()
) -> FastAPI:
    """Return the application; without `has_ui` only health is answered, for a role beside it.

    `large_bodies` are the paths of that role, which bounds its bodies itself.
    """
    app = describe_app(has_ui=has_ui)
    app.state.services = services
    app.state.read_limits = ReadLimits(services.counters, services.settings.reads_per_minute)
    app.state.login_limits = LoginLimits(services.counters, services.settings.logins_per_minute)
    app.state.reset_limits = ResetLimits(services.counters)
    app.state.live = Live(services.follower, most_streams=services.settings.live_max_streams)
    if has_ui:
        add_reference(app)
    if web_dir is not None:
        add_web_app(app, web_dir)
    # The last one added comes first.
    app.add_middleware(SmallBodies, except_paths=large_bodies, timeout_s=services.settings.body_timeout_s)
    app.add_middleware(Headers, settings=services.settings)
    return app


def describe_app(*, has_ui: bool = True) -> FastAPI:
    """Return the application's routes without anything behind them: enough for its OpenAPI."""
    app = FastAPI(
        title="WatchLLM",
        version=__version__,
        description="Observability for LLM applications and AI agents.",
        docs_url=None,
        redoc_url=None,
        # An address with a slash too many is unknown like any other: a redirect would lose a POST's credential.
        redirect_slashes=False,
        openapi_url="/openapi.json" if has_ui else None,
        generate_unique_id_function=_operation_id,
        # Said once for all: FastAPI would describe an answer of 422 that is never given here.
        responses={"4XX": {"model": Error, "description": "Refused; `code` says why, see the list of codes."}},
    )
    app.include_router(health.router)
    # Asked by SDKs that send events, so also where nothing is read.
    app.include_router(drop_in.router)
    if has_ui:
        for router in _ROUTERS:
            app.include_router(router)
    app.add_exception_handler(WatchLLMError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    refuse_unguarded(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _answer(error: WatchLLMError, headers: dict[str, str] | None = None) -> JSONResponse:
    given = dict(headers or {})
    if error.retry_after_s is not None:
        given["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        given["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error.body(), status_code=error.status, headers=given)


async def _answer_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WatchLLMError)  # noqa: S101 - registered for this type alone
    return _answer(error)


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    first: dict[str, Any] = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return _answer(BadRequest(f"{place}: {first['msg']}", code="bad_parameter"))


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return _answer(NotFound("there is no such route"))
    if error.status_code == 405:
        return _answer(MethodNotAllowed("this route does not know the method"), headers)
    unusual = WatchLLMError(str(error.detail), code="bad_request")
    return JSONResponse(unusual.body(), status_code=error.status_code, headers=headers)
