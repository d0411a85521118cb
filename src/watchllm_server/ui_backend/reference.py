"""/docs: the API reference, made in the browser from /openapi.json; its files are our own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from watchllm_server.ui_backend.web import html_answer

_STATIC: Final = Path(__file__).parent / "static"
_PAGE: Final = (
    b'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>WatchLLM API</title>'
    b'<link rel="stylesheet" href="/docs/reference.css"></head><body><h1>WatchLLM API</h1>'
    b'<p>The machine-readable description is <a href="/openapi.json">/openapi.json</a>.</p>'
    b'<div id="routes"></div><script type="module" src="/docs/reference.js"></script></body></html>'
)
_TYPES: Final = {"reference.js": "text/javascript", "reference.css": "text/css"}


def add_reference(app: FastAPI) -> None:
    """Add /docs and its two files."""

    async def page(request: Request) -> Response:
        return html_answer(_PAGE)

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _TYPES:
            return Response(status_code=404)
        return Response((_STATIC / name).read_bytes(), media_type=_TYPES[name])

    app.router.routes.append(Route("/docs", page, include_in_schema=False))
    app.router.routes.append(Route("/docs/{name}", file, include_in_schema=False))
