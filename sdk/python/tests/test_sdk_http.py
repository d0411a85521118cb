"""The SDK against a real HTTP server on loopback: what is on the wire, and what happens when the server misbehaves."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from sdk_loopback import DROP, HANG, LOSE, Loopback, Reply

import watchllm


def start(server: Loopback, **settings: object) -> None:
    watchllm.init(api_key="wl_secret", base_url=server.url, **settings)  # type: ignore[arg-type]


def test_a_batch_is_posted_with_the_key_and_as_json(server: Loopback) -> None:
    start(server)
    with watchllm.span("work", input="x" * 2000):
        watchllm.log("inside")
    assert watchllm.flush()
    ((headers, events),) = server.requests
    assert headers["path"] == "/api/v1/events/batch"
    assert headers["authorization"] == "Bearer wl_secret"
    assert headers["content-type"] == "application/json"
    assert headers["content-encoding"] == "gzip"
    assert [event["type"] for event in events] == ["log", "span"]


def test_a_path_in_the_base_url_is_kept(server: Loopback) -> None:
    watchllm.init(api_key="wl_x", base_url=f"{server.url}/watch/")
    watchllm.log("x")
    assert watchllm.flush()
    assert server.requests[0][0]["path"] == "/watch/api/v1/events/batch"


def test_a_batch_leaves_when_it_is_full_and_the_connection_is_kept(server: Loopback) -> None:
    start(server, flush_interval_s=3600)
    for number in range(250):
        watchllm.log(str(number))
    server.wait(lambda: len(server.accepted) >= 200)
    assert len(server.accepted) == 200
    assert watchllm.flush()
    assert [len(events) for _, events in server.requests] == [100, 100, 50]
    assert len(server.connections) == 1


def test_a_batch_leaves_after_its_interval_without_being_asked(server: Loopback) -> None:
    start(server, flush_interval_s=0.05)
    watchllm.log("x")
    server.wait(lambda: len(server.accepted) == 1)


@pytest.mark.parametrize("status", [503, 429, 502, DROP])
def test_a_batch_survives_a_failing_server_with_its_ids(server: Loopback, status: int) -> None:
    server.replies.extend([Reply(status), Reply(status)])
    start(server)
    event_id = watchllm.log("x")
    assert watchllm.flush(10)
    assert server.ids() == [event_id]
    assert {events[0]["eventId"] for _, events in server.requests} == {event_id}
    assert watchllm.stats()["sent"] == 1


def test_a_lost_answer_repeats_the_same_ids_so_that_the_server_sees_a_duplicate(server: Loopback) -> None:
    server.replies.append(Reply(LOSE))
    start(server)
    event_id = watchllm.log("x")
    assert watchllm.flush(10)
    assert server.ids() == [event_id, event_id]


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(server: Loopback) -> None:
    start(server, max_retries=0)
    watchllm.log("one")
    assert watchllm.flush()
    server.replies.append(Reply(DROP))
    watchllm.log("two")
    assert watchllm.flush()
    assert len(server.accepted) == 2


def test_422_413_and_503_in_a_row_still_deliver_everything_that_can_be(server: Loopback) -> None:
    named = {"error": {"code": "invalid", "message": "x", "errors": [{"index": 0, "code": "missing"}]}}
    server.replies.extend([Reply(422, body=named), Reply(413), Reply(503, headers={"Retry-After": "0"})])
    start(server)
    ids = [watchllm.log(str(n)) for n in range(5)]
    assert watchllm.flush(10)
    assert server.ids() == ids[1:]
    assert watchllm.stats() == {"queued": 0, "sent": 4, "dropped": {"rejected": 1}}


def test_nothing_is_lost_while_every_third_answer_is_dropped(server: Loopback) -> None:
    start(server, flush_at=10)
    server.replies.extend(Reply((202, LOSE, DROP)[n % 3]) for n in range(60))
    ids = [watchllm.log(str(n)) for n in range(300)]
    # Each round ends early where the circuit opens; ten minutes are what an event may wait.
    deadline = time.monotonic() + 60
    while not watchllm.flush(5) and time.monotonic() < deadline:
        pass
    assert set(server.ids()) == set(ids)
    assert watchllm.stats() == {"queued": 0, "sent": 300, "dropped": {}}


@pytest.mark.parametrize("reply", [HANG, 503], ids=["a server that hangs", "a server that is busy"])
def test_flush_returns_in_time_with(server: Loopback, reply: int) -> None:
    server.default = Reply(reply)
    start(server)
    watchllm.log("x")
    began = time.monotonic()
    assert watchllm.flush(0.3) is False
    assert time.monotonic() - began < 0.4
    assert watchllm.stats()["queued"] == 1


def test_flush_does_not_wait_where_the_server_ordered_a_longer_pause(server: Loopback) -> None:
    server.default = Reply(429, headers={"Retry-After": "300"})
    start(server)
    watchllm.log("x")
    began = time.monotonic()
    assert watchllm.flush(30) is False
    assert watchllm.flush(30) is False
    assert time.monotonic() - began < 10
    assert len(server.requests) == 1


def test_shutdown_is_not_held_up_by_a_refused_key(server: Loopback) -> None:
    server.default = Reply(401)
    start(server)
    watchllm.log("x")
    began = time.monotonic()
    watchllm.shutdown(30)
    assert time.monotonic() - began < 10


def test_a_server_that_speaks_no_http_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"\x00\xff nonsense\r\n\r\n" * 10)

        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        watchllm.init(api_key="wl_x", base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", max_retries=0)
        watchllm.log("x")
        assert watchllm.flush(0.5) is False
        watchllm.shutdown(0)
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert "cannot be reached" in caplog.text


def test_problems_are_said_once_a_minute_without_key_or_payload(
    server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    server.default = Reply(503)
    start(server, max_retries=0)
    for _ in range(2):
        watchllm.log("the payload")
        watchllm.flush(1.2)
    assert len(server.requests) >= 2
    lines = [record.getMessage() for record in caplog.records if record.name == "watchllm"]
    assert len(lines) == len(set(lines)) <= 2
    assert "payload" not in caplog.text
    assert "wl_secret" not in caplog.text


def test_after_shutdown_everything_is_a_no_op_and_init_starts_again(
    server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    start(server)
    watchllm.log("one")
    watchllm.shutdown()
    assert watchllm.log("ignored") == ""
    assert watchllm.log("ignored") == ""
    assert watchllm.flush()
    start(server)
    watchllm.log("two")
    assert watchllm.flush()
    assert [event["body"]["message"] for event in server.accepted] == ["one", "two"]
    assert [record.getMessage() for record in caplog.records] == [
        "watchllm.shutdown() was called, so nothing more is sent"
    ]


def test_what_is_left_at_shutdown_is_counted_and_said(server: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    server.default = Reply(HANG)
    start(server)
    for _ in range(3):
        watchllm.log("x")
    watchllm.shutdown(0.1)
    assert "3 events were not sent before the end" in caplog.text
