"""Two processes that answer people, on one Redis: what one counts, takes back or shows holds for the other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

import pytest
from tests.access.browser import Browser
from tests.api.reading import Project
from tests.api.streams import Stream
from tests.ingest.calls import log_event, new_id
from tests.ports import free_port
from tests.running import EMAIL, Server, wait_until
from tests.servers.redis import RedisServer

from watchllm_server.settings import environment_for_child
from watchllm_server.ui_backend.limits import LoginLimits

# What is promised of a key that is taken back.
OBEYED_S: Final = 1.0


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """A server on Redis, and another ui-backend beside it."""
    folder = tmp_path_factory.mktemp("pair")
    redis = RedisServer(folder / "redis").start()
    first = Server(folder / "data", environment={"WATCHLLM_QUEUE": redis.url}).start()
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "watchllm_server",
        "ui-backend",
        "--port",
        str(port),
        "--data-dir",
        str(folder / "data"),
    ]
    with (folder / "beside.log").open("w") as log:
        process = subprocess.Popen(command, env=environment_for_child(WATCHLLM_QUEUE=redis.url), stdout=log, stderr=log)
    beside = Server(folder / "data", base_url=f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: _is_ready(beside), timeout_s=30)
        yield first, beside
    finally:
        process.kill()
        process.wait()
        first.kill()
        redis.kill()


def _is_ready(server: Server) -> bool:
    try:
        return server.request("GET", "/readyz")[0] == 200
    except OSError:
        return False


def test_attempts_to_sign_in_are_counted_over_both(pair: tuple[Server, Server]) -> None:
    statuses = [
        Browser(pair[number % 2]).login("nobody@example.com", "a wrong password").status
        for number in range(LoginLimits.ACCOUNT_ATTEMPTS + 1)
    ]
    assert statuses == [401] * LoginLimits.ACCOUNT_ATTEMPTS + [429]
    assert Browser(pair[1]).login("nobody@example.com", "a wrong password").status == 429
    assert Browser(pair[0]).login(EMAIL).status == 200, "another account is not held up"


def test_a_key_that_is_taken_back_at_one_is_refused_by_the_other_within_a_second(pair: tuple[Server, Server]) -> None:
    first, beside = pair
    person = Browser(beside)
    assert person.login().status == 200
    keys = f"/api/v1/projects/{first.project_id}/api-keys"
    key = person.call("POST", keys, {"name": "short-lived", "scopes": ["read", "ingest"]}).json
    holder = {"Authorization": f"Bearer {key['key']}"}
    assert first.request("GET", "/api/v1/traces", headers=holder)[0] == 200
    assert first.request("POST", "/api/v1/events", log_event(new_id()), headers=holder)[0] == 202
    assert person.call("DELETE", f"{keys}/{key['key_id']}").status == 204
    revoked_s = time.monotonic()
    wait_until(lambda: first.request("GET", "/api/v1/traces", headers=holder)[0] == 401, timeout_s=5)
    wait_until(lambda: first.request("POST", "/api/v1/events", log_event(new_id()), headers=holder)[0] == 401)
    # Twice the promise: these machines do other things meanwhile.
    assert time.monotonic() - revoked_s < 2 * OBEYED_S


def test_a_trace_that_one_accepts_is_seen_live_at_both(pair: tuple[Server, Server]) -> None:
    streams = [Stream(Project(server, server.project_id, server.api_key)) for server in pair]
    trace_id = new_id()
    assert pair[0].request("POST", "/api/v1/events", log_event(new_id(), traceId=trace_id))[0] == 202
    for stream in streams:
        assert stream.until(trace_id)
        stream.close()
