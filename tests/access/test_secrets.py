"""What must never leave: no described answer has a place for a secret, and no log has had one (A-06, A-08)."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Final, cast

from tests.access.browser import ask
from tests.running import Server

import watchllm_server

SOURCE: Final = Path(watchllm_server.__file__).parent
# Whatever is called like one is one, but for these: shown once when it is made, or of public knowledge.
SECRET_WORDS: Final = ("secret", "password", "hash", "pepper", "credential", "cookie")
HARMLESS: Final = {
    ("Me", "has_password"), ("AuditAnswer", "hash"), ("Trial", "detectors"), ("Rules", "detectors"),
}  # fmt: skip


def test_no_described_answer_has_a_place_for_a_secret(open_server: Server) -> None:
    document = ask(open_server, "/openapi.json", authorization=None).json
    schemas: dict[str, Any] = document["components"]["schemas"]
    answered = {
        name
        for operations in document["paths"].values()
        for operation in operations.values()
        for answer in operation.get("responses", {}).values()
        for name in named(answer, schemas)
    }
    assert len(answered) > 50
    found = {
        (name, field)
        for name in answered
        for field in schemas[name].get("properties", {})
        if any(word in field.lower() for word in SECRET_WORDS)
    }
    assert found - HARMLESS == set()
    # What opens something is in one answer each: the one to whoever makes it.
    shown = {name for name in answered if {"key", "link"}.intersection(schemas[name].get("properties", {}))}
    assert {name for name in shown if name.startswith(("Made", "ApiKey", "Invite"))} == {"MadeApiKey", "MadeInvite"}


def named(value: Any, schemas: dict[str, Any], seen: set[str] | None = None) -> set[str]:
    """Return the names of all schemas that a part of the document leads to."""
    seen = set() if seen is None else seen
    if isinstance(value, dict):
        for key, item in cast(dict[str, Any], value).items():
            if key == "$ref":
                name = str(item).rpartition("/")[2]
                if name not in seen:
                    seen.add(name)
                    named(schemas[name], schemas, seen)
            else:
                named(item, schemas, seen)
    elif isinstance(value, list):
        for item in cast(list[Any], value):
            named(item, schemas, seen)
    return seen


def test_every_way_in_ends_in_the_same_two_steps() -> None:
    starts: set[tuple[str, str]] = set()
    for path in SOURCE.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.AsyncFunctionDef) and any(map(is_start, ast.walk(function))):
                starts.add((path.name, function.name))
    assert starts == {("auth.py", "sign_in"), ("auth.py", "set_password")}


def is_start(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sessions.start")
