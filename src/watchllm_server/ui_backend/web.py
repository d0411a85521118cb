"""Serves the built web app: hashed files for ever, its one page for every address that is not the API's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from watchllm_server.security.tokens import new_nonce
from watchllm_server.ui_backend.headers import MACHINE_PREFIXES, NONCE_PLACE, content_security_policy

_NOT_BUILT: Final = b"<!doctype html><title>WatchLLM</title><p>The web app is not built; run <code>make setup</code>."
# Nobody reads a file of ours in pieces but a broken download, which asks for one.
MAX_RANGES: Final = 10
# Ids with other signs may be written in several ways.
_TRACE_PAGE: Final = re.compile(r"/p/([A-Za-z0-9_.-]+)/traces/([A-Za-z0-9_.-]+)")
_STATIC_TYPES: Final = frozenset({".svg", ".png", ".ico", ".txt", ".webmanifest", ".js"})


class Immutable(StaticFiles):
    """Files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if Headers(scope=scope).get("range", "").count(",") >= MAX_RANGES:
            raise HTTPException(416, f"a request may ask for {MAX_RANGES} ranges")
        return await super().get_response(path, scope)

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # pyright: ignore
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class Pages(Route):
    """Every address that a person may open; all others stay unknown, whatever the method, and so answer 404."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        is_page = match is Match.FULL and not scope["path"].startswith(MACHINE_PREFIXES) and not _is_odd(scope)
        return (match, found) if is_page else (Match.NONE, {})


def _is_odd(scope: Scope) -> bool:
    """Tell whether an address has empty parts or dots, also written by number or with parameters.

    A browser resolves them before it asks: from anything else they are a way round a proxy's rules.
    """
    raw: bytes = scope.get("raw_path") or b""
    parts = [part.partition(b";")[0] for part in raw.lower().replace(b"%2e", b".").split(b"/")[1:]]
    # Empty is the last part alone: of the first page, and of an address with a slash at its end.
    return b"" in parts[:-1] or b"." in parts or b".." in parts


def add_web_app(app: FastAPI, web_dir: Path) -> None:
    """Add the routes of the web app; they come last, so that every other route goes first."""
    page = (web_dir / "index.html").read_bytes() if (web_dir / "index.html").exists() else _NOT_BUILT
    if (web_dir / "assets").is_dir():
        app.router.routes.append(Mount("/assets", Immutable(directory=web_dir / "assets"), name="assets"))
    chunks = tuple(f"/assets/{path.name}" for path in (web_dir / "assets").glob("TracePage-*.js"))
    files = {f"/{path.name}": path for path in web_dir.glob("*") if path.suffix in _STATIC_TYPES}

    async def show(request: Request) -> Response:
        if request.url.path in files:
            return Response(files[request.url.path].read_bytes(), media_type=_media_type(files[request.url.path]))
        return html_answer(page, early_links(request.url.path, chunks))

    app.router.routes.append(Pages("/{path:path}", show, methods=["GET"], include_in_schema=False))


def early_links(path: str, chunks: Sequence[str]) -> str:
    """Return what a browser should ask for while it reads the page: of a trace, its events and the code of its page.

    The address must be the one that the app asks for, letter for letter: otherwise both would be sent for.
    """
    found = _TRACE_PAGE.fullmatch(path)
    if found is None:
        return ""
    project_id, trace_id = found.groups()
    data = f"</api/v1/traces/{trace_id}?project_id={project_id}&shape=columns>; rel=preload; as=fetch; crossorigin"
    return ", ".join([data, *(f"<{chunk}>; rel=modulepreload" for chunk in chunks)])


def html_answer(page: bytes, links: str = "") -> HTMLResponse:
    """Return a page with a policy and nonce of its own, and what else the browser should ask for at once."""
    nonce = new_nonce()
    headers = {"content-security-policy": content_security_policy(nonce), "cache-control": "no-store"}
    if links:
        headers["link"] = links
    return HTMLResponse(page.replace(NONCE_PLACE, nonce.encode()), headers=headers)


def _media_type(path: Path) -> str:
    known = {".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".js": "text/javascript"}
    return known.get(path.suffix, "text/plain")
