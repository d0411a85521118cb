"""The OpenAPI description of ingest is written by hand: it must name the routes that exist."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.running import Server

from watchllm_server.ingest.description import describe_ingest


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    """Return what a running server says of itself."""
    status, answer = server.request("GET", "/openapi.json")
    assert status == 200
    return answer


@pytest.mark.parametrize("path", describe_ingest())
def test_a_described_route_is_there_and_documented(server: Server, document: dict[str, Any], path: str) -> None:
    status, _ = server.request("POST", path, b"no event")
    assert status in (400, 415)
    assert "post" in document["paths"][path]


def test_every_reference_of_the_document_has_its_schema(document: dict[str, Any]) -> None:
    named = set[str]()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found = cast(dict[str, Any], value)
            named.update([str(found["$ref"])] if "$ref" in found else [])
            for inner in found.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in cast(list[Any], value):
                walk(inner)

    walk(document["paths"])
    assert named
    assert {name.rpartition("/")[2] for name in named} <= set(document["components"]["schemas"])
