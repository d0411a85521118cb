"""The OpenAPI document of a running server, taken at its word: drawn requests get the answers that it describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.running import Server
from watchllm_server.wiring.web import openapi_document

EXAMPLES = 8
# An open stream ends only by itself, after seconds.
STREAMS = {"/api/v1/live"}
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
CHECKS: list[Any] = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [
    pytest.param(path, method.upper(), id=f"{method} {path}")
    for path, known in openapi_document()["paths"].items() for method in METHODS if method in known
]  # fmt: skip
# What follows the description, and what does not: a refusal must be described too.
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def described(server: Server) -> Any:
    """The document as the server gives it out, which is the one that the operations above were read from."""
    return schemathesis.openapi.from_dict(server.get("/openapi.json"))


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "as a stranger"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_any_request_is_answered_as_described(
    server: Server, described: Any, session: requests.Session, path: str, method: str, has_key: bool
) -> None:
    operation = described[path][method]
    headers = {"Authorization": f"Bearer {server.api_key}"} if has_key else {}
    answered = 0
    examples = EXAMPLES if has_key and path not in STREAMS else 2
    for mode in MODES if has_key else MODES[:1]:

        @settings(max_examples=examples, deadline=None, suppress_health_check=SLOW)
        @given(case=operation.as_strategy(mode))
        def check(case: Any) -> None:
            nonlocal answered
            answer = case.call(base_url=server.base_url, session=session, headers=headers, timeout=10)
            case.validate_response(answer, checks=CHECKS)
            answered += 1

        try:
            check()
        except Unsatisfiable:
            # Nothing can be wrong about a request without parameters.
            assert mode is schemathesis.GenerationMode.NEGATIVE
    assert answered
