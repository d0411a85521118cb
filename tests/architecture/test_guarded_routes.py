"""No route starts without a guard, and the anonymous ones are those that docs/api.md names."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.routing import Route

from tests.architecture.rules import root
from watchllm_server.model.access import TABLE
from watchllm_server.ui_backend.app import describe_app
from watchllm_server.ui_backend.guard import ANONYMOUS, allow, refuse_unguarded, signed_in


async def nothing() -> None: ...


async def plain(request: object) -> Response:
    return Response()


def included(*, dependency: object = None, path: str = "/things") -> FastAPI:
    """Return an application with one route in a router, as every route of ours is."""
    router = APIRouter(prefix="/api/v1")
    given = [] if dependency is None else [Depends(dependency)]  # pyright: ignore[reportArgumentType]
    router.add_api_route(path, nothing, dependencies=given)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    return app


@pytest.mark.parametrize("dependency", [None, nothing], ids=["no dependency", "a dependency that is no guard"])
def test_an_unguarded_route_of_a_router_refuses_the_start(dependency: object) -> None:
    with pytest.raises(AssertionError, match="/api/v1/things has no guard"):
        refuse_unguarded(included(dependency=dependency))


def test_an_unguarded_route_of_the_application_refuses_the_start() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/things", nothing)
    with pytest.raises(AssertionError, match="/things has no guard"):
        refuse_unguarded(app)


def test_a_plain_route_cannot_go_round_the_guard() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.append(Route("/api/v1/live", plain))
    with pytest.raises(AssertionError, match="/api/v1/live has no guard"):
        refuse_unguarded(app)


@pytest.mark.parametrize("dependency", [allow("traces:read"), signed_in], ids=["an action", "oneself"])
def test_a_guarded_route_starts(dependency: object) -> None:
    refuse_unguarded(included(dependency=dependency))


def test_an_anonymous_route_starts() -> None:
    refuse_unguarded(included(path="/auth/login"))


def test_every_route_asks_for_an_action_that_the_table_knows() -> None:
    guards = {
        str(route.path): _guards(getattr(route, "dependant", None))
        for route in iter_route_contexts(describe_app().routes)
    }
    assert len(guards) > len(ANONYMOUS)
    for path, actions in guards.items():
        assert actions <= {*TABLE, "self"}, path
        assert bool(actions) != (path in ANONYMOUS), path


def test_the_anonymous_routes_are_those_of_the_documentation() -> None:
    page = (root() / "docs" / "api.md").read_text()
    section = page.partition("## Without a credential")[2].partition("\n## ")[0]
    named = set(re.findall(r"^- `(?:GET|POST) (/[^`]*)`", section, re.MULTILINE))
    assert named == ANONYMOUS


def _guards(dependant: object) -> set[str]:
    if dependant is None:
        return set()
    own: str = getattr(getattr(dependant, "call", None), "__watchllm_guard__", "")
    below: list[object] = getattr(dependant, "dependencies", [])
    return {own} - {""} | {action for part in below for action in _guards(part)}
