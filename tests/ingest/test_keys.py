"""Who may send events: keys, their scopes and their projects, on every route that accepts events."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest
from tests.ingest.calls import BATCH, EVENT, TRACES, Answer, is_refused, log_event, new_id, send, send_json, stored
from tests.running import EMAIL, PASSWORD, Server

from watchllm_server.model.project import ApiKey, Member, Project, Scope
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.security.tokens import keyed_hash, new_api_key
from watchllm_server.stores.metadata.sqlite import SqliteMetadata

PATHS = [EVENT, BATCH, TRACES]
# Since 2001: long ago, for a test.
PAST_US = 1_000_000_000_000_000


def add_key(
    server: Server, *scopes: Scope, project_id: str = "", expires_at_us: int | None = None, is_revoked: bool = False
) -> str:
    """Make a key as the API of keys does, in the metadata of the running server."""

    async def add() -> str:
        metadata = await SqliteMetadata.open(Path(server.data_dir) / "metadata.db")
        try:
            wanted = project_id or server.project_id
            if project_id:
                owner = Member(project_id=wanted, user_id="user_first", role="OWNER", created_at_us=PAST_US)
                await metadata.add_project(Project(project_id=wanted, name=wanted, created_at_us=PAST_US), owner)
            key_id, key = new_api_key()
            await metadata.add_api_key(
                ApiKey(
                    key_id=key_id,
                    project_id=wanted,
                    name="a test's",
                    key_hash=keyed_hash(load_server_keys(server.data_dir).pepper, key),
                    prefix=key[:8],
                    scopes=scopes,
                    created_at_us=PAST_US,
                    expires_at_us=expires_at_us,
                    revoked_at_us=PAST_US if is_revoked else None,
                )
            )
            return key
        finally:
            await metadata.close()

    return asyncio.run(add())


def test_a_key_is_read_from_each_place(server: Server) -> None:
    basic = base64.b64encode(f"anyone:{server.api_key}".encode()).decode()
    for headers in (
        {"authorization": f"Bearer {server.api_key}"},
        {"authorization": f"bearer {server.api_key}"},
        {"authorization": f"Basic {basic}"},
        {"authorization": None, "x_api_key": server.api_key},
    ):
        assert send(server, BATCH, b"[]", **headers).status == 202


NO_KEY = [
    pytest.param({"authorization": None}, id="B-01-none"),
    pytest.param({"authorization": "Bearer"}, id="B-02-empty-bearer"),
    pytest.param({"authorization": "Bearer "}, id="B-02-blank-bearer"),
    pytest.param({"authorization": "Token {key}"}, id="B-02-scheme"),
    pytest.param({"authorization": "{key}"}, id="B-02-no-scheme"),
    pytest.param({"authorization": "Bearer {key} x"}, id="B-02-space"),
    pytest.param({"authorization": "Basic ***"}, id="B-02-basic"),
    pytest.param({"authorization": "Bearer wl_" + "x" * 60}, id="B-03-unknown"),
    pytest.param({"authorization": "Bearer {key}x"}, id="B-03-altered"),
    pytest.param({"authorization": "Bearer wrong", "x_api_key": "{key}"}, id="a-wrong-bearer-beside-a-key"),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", NO_KEY)
def test_without_a_valid_key_nothing_is_accepted(server: Server, path: str, headers: dict[str, str | None]) -> None:
    given = {name: value and value.replace("{key}", server.api_key) for name, value in headers.items()}
    answer = send_json(server, path, log_event(new_id()), **given)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert server.api_key.encode() not in answer.body


@pytest.mark.parametrize("path", PATHS)
def test_a_session_is_no_key(server: Server, path: str) -> None:
    """B-05."""
    login = send_json(server, "/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD}, authorization=None)
    cookie = login.headers["set-cookie"].partition(";")[0]
    answer = send_json(
        server, path, log_event(new_id()), authorization=None, cookie=cookie, sec_fetch_site="same-origin"
    )
    assert answer.status == 401


def _code(path: str, answer: Answer) -> str:
    return answer.json["message"].partition(":")[0] if path == TRACES else answer.code


@pytest.mark.parametrize("path", PATHS)
def test_a_key_without_the_scope_is_refused(server: Server, path: str) -> None:
    """B-04."""
    event_id = new_id()
    key = add_key(server, "read")
    answer = send_json(server, path, log_event(event_id), authorization=f"Bearer {key}")
    assert (answer.status, _code(path, answer)) == (403, "scope_missing")
    assert is_refused(server, event_id)


def test_a_key_with_ingest_alone_sends_and_cannot_read(server: Server) -> None:
    event_id = new_id()
    key = f"Bearer {add_key(server, 'ingest')}"
    assert send_json(server, EVENT, log_event(event_id), authorization=key).status == 202
    assert stored(server, event_id)["event_id"] == event_id
    assert send(server, f"{EVENT}/{event_id}", b"", "GET", authorization=key).status == 403


def test_the_key_decides_the_project(server: Server) -> None:
    """B-71, B-72: the same id in two projects is two events, and a body cannot name another project."""
    event_id, other = new_id(), f"proj_{new_id()[:8]}"
    key = f"Bearer {add_key(server, 'ingest', 'read', project_id=other)}"
    theirs = {**log_event(event_id), "body": {"level": "info", "message": "theirs"}}

    assert send_json(server, EVENT, log_event(event_id)).status == 202
    assert send_json(server, EVENT, theirs | {"projectId": other}, authorization=key).status == 202
    refused = send_json(server, EVENT, theirs | {"projectId": server.project_id}, authorization=key)

    assert [e["code"] for e in refused.json["error"]["errors"]] == ["project_mismatch"]
    assert stored(server, event_id)["output"] == "hello"
    other_side = Server(server.data_dir, base_url=server.base_url, api_key=key.removeprefix("Bearer "))
    assert stored(other_side, event_id)["output"] == "theirs"
