"""A whole server whose queue is in Redis: refused, shown, and away for a while (D-20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.ingest.calls import log_event, new_id
from tests.running import Server, wait_until
from tests.servers.redis import DURABLE, RedisServer
from tests.serving.commands import run

EVERY_SECOND = (*DURABLE[:-1], "everysec")
Starter = Callable[..., RedisServer]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Starter]:
    """Start one Redis with settings of its own."""
    running: list[RedisServer] = []

    def start(*settings: str) -> RedisServer:
        running.append(RedisServer(tmp_path / "redis", *settings).start())
        return running[-1]

    yield start
    for server in running:
        server.kill()


def test_a_redis_that_may_forget_is_refused_in_one_line_without_its_password(redis: Starter, tmp_path: Path) -> None:
    server = redis(*EVERY_SECOND, "--requirepass", "a-secret-of-redis")
    url = server.url.replace("redis://", "redis://:a-secret-of-redis@")
    ended = run("serve", tmp_path / "data", "--port", "0", WATCHLLM_QUEUE=url)
    # Server and processor say the same.
    (said,) = {line for line in ended.stderr.splitlines() if line.startswith("watchllm:")}
    assert ended.returncode == 2, ended.stderr
    assert "appendfsync always" in said
    assert "WATCHLLM_ACCEPT_ONE_SECOND_LOSS=1" in said
    assert "a-secret-of-redis" not in ended.stderr + ended.stdout


def test_a_loss_that_was_accepted_is_shown_and_a_redis_that_is_away_is_a_503(
    redis: Starter, fresh_server: Server
) -> None:
    server = redis(*EVERY_SECOND)
    fresh_server.environment |= {"WATCHLLM_QUEUE": server.url, "WATCHLLM_ACCEPT_ONE_SECOND_LOSS": "1"}
    fresh_server.start()
    health = fresh_server.get("/healthz")
    assert (health["status"], health["stores"]["queue"]) == ("ok", "may_lose_one_second")
    server.kill()
    status, answer = fresh_server.request("POST", "/api/v1/events", log_event(new_id(), traceId=new_id()))
    assert (status, answer["error"]["code"]) == (503, "queue_unavailable")
    assert fresh_server.request("GET", "/readyz")[0] == 503
    server.start()
    wait_until(lambda: fresh_server.request("GET", "/readyz")[0] == 200, timeout_s=30)
    event_id = new_id()
    assert fresh_server.request("POST", "/api/v1/events", log_event(event_id, traceId=new_id()))[0] == 202
    wait_until(lambda: fresh_server.request("GET", f"/api/v1/events/{event_id}")[0] == 200, timeout_s=40)
