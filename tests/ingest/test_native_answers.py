"""What the native routes answer, and that what they accepted can be read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.ingest.calls import BATCH, EVENT, is_unknown, log_event, new_id, send, send_json, stored
from tests.running import Server


def test_an_event_is_queued_under_its_id_and_can_be_read(server: Server) -> None:
    event_id = new_id()
    event = log_event(event_id, traceId=f"trace-{event_id}", userId="u1", tags=["a"], extra={"kept": [1]})

    answer = send_json(server, EVENT, event)

    assert (answer.status, answer.json) == (202, {"status": "queued", "event_id": event_id})
    found = stored(server, event_id)
    assert (found["type"], found["trace_id"], found["user_id"], found["tags"]) == (
        "log", f"trace-{event_id}", "u1", ["a"],
    )  # fmt: skip
    assert found["attributes"]["extra"] == '{"kept":[1]}'
    assert found["raw"] == event


def test_an_event_without_an_id_gets_one(server: Server) -> None:
    event = {key: value for key, value in log_event("").items() if key != "eventId"}
    event_id = send_json(server, EVENT, event).json["event_id"]
    assert len(event_id) == 32
    assert stored(server, event_id)["trace_id"] == event_id


def test_a_batch_answers_ids_in_its_order_and_every_event_is_stored(server: Server) -> None:
    ids = [new_id() for _ in range(100)]
    answer = send_json(server, BATCH, [log_event(event_id) for event_id in ids])
    assert (answer.status, answer.json) == (
        202,
        {"status": "queued", "count": 100, "event_ids": ids, "duplicates": 0},
    )
    for event_id in (ids[0], ids[57], ids[99]):
        assert stored(server, event_id)["event_id"] == event_id


def test_of_an_event_twice_in_a_batch_the_last_counts(server: Server) -> None:
    """B-70."""
    twice, once = new_id(), new_id()
    first = {**log_event(twice), "body": {"level": "info", "message": "first"}}
    last = {**log_event(twice), "body": {"level": "info", "message": "last"}}

    answer = send_json(server, BATCH, [first, log_event(once), last])

    assert answer.json == {"status": "queued", "count": 2, "event_ids": [twice, once, twice], "duplicates": 1}
    assert stored(server, twice)["output"] == "last"


@pytest.mark.parametrize("body", [b"[]", b" [ ] \n"])
def test_an_empty_batch_is_accepted(server: Server, body: bytes) -> None:
    """B-32."""
    answer = send(server, BATCH, body)
    assert (answer.status, answer.json) == (202, {"status": "queued", "count": 0, "event_ids": [], "duplicates": 0})


def test_one_event_on_the_batch_route_is_a_batch_of_one(server: Server) -> None:
    """B-33."""
    event_id = new_id()
    answer = send_json(server, BATCH, log_event(event_id))
    assert answer.json == {"status": "queued", "count": 1, "event_ids": [event_id], "duplicates": 0}


def test_a_list_on_the_route_of_one_event_is_refused(server: Server) -> None:
    event_id = new_id()
    answer = send_json(server, EVENT, [log_event(event_id)])
    assert (answer.status, answer.code) == (400, "not_a_batch")
    assert is_unknown(server, event_id)


def test_a_batch_with_bad_events_is_refused_whole_and_names_each(server: Server) -> None:
    good, bad = new_id(), new_id()
    batch: list[Any] = [log_event(good), {**log_event(bad), "type": "nonsense"}, 7, {"type": "log", "body": {}}]

    answer = send_json(server, BATCH, batch)

    assert (answer.status, answer.code) == (422, "invalid")
    errors = answer.json["error"]["errors"]
    assert [(e["index"], e["code"]) for e in errors] == [(1, "unknown_type"), (2, "not_an_object"), (3, "missing")]
    assert errors[0]["event_id"] == bad
    assert errors[1]["event_id"] is None
    assert errors[2]["path"] == "body.level"
    assert all(len(e["message"]) < 300 for e in errors)
    assert is_unknown(server, good)


def test_a_hundred_and_one_events_are_too_many(server: Server) -> None:
    """B-38."""
    ids = [new_id() for _ in range(101)]
    answer = send_json(server, BATCH, [log_event(event_id) for event_id in ids])
    assert (answer.status, answer.code) == (413, "too_many_events")
    assert is_unknown(server, ids[0])


def test_a_refused_single_event_says_where(server: Server) -> None:
    """B-72."""
    event_id = new_id()
    answer = send_json(server, EVENT, log_event(event_id, projectId="another"))
    assert answer.status == 422
    assert [(e["event_id"], e["code"], e["path"]) for e in answer.json["error"]["errors"]] == [
        (event_id, "project_mismatch", "projectId")
    ]
    assert is_unknown(server, event_id)


BROKEN = [
    pytest.param(b"", 400, "not_a_batch", id="empty"),
    pytest.param(b"null", 400, "not_a_batch", id="null"),
    pytest.param(b'"x"', 400, "not_a_batch", id="text"),
    pytest.param(b"42", 400, "not_a_batch", id="number"),
    pytest.param(b"{}", 400, "not_a_batch", id="empty-object"),
    pytest.param(b'[{"type":', 400, "bad_json", id="truncated"),
    pytest.param(b"[1,]", 400, "bad_json", id="trailing-comma"),
    pytest.param(b"[/* */]", 400, "bad_json", id="comment"),
    pytest.param(b"['x']", 400, "bad_json", id="single-quotes"),
    pytest.param(b"[][]", 400, "bad_json", id="two-documents"),
    pytest.param(b"\xef\xbb\xbf[]", 400, "bad_json", id="byte-order-mark"),
    pytest.param('[{"type": "log"}]'.encode("utf-16"), 400, "bad_json", id="utf-16"),
    pytest.param(b'[{"type": "\xff"}]', 400, "bad_json", id="invalid-utf-8"),
    pytest.param(b'[{"type": "\\ud800"}]', 400, "bad_json", id="lone-surrogate"),
    pytest.param(b"[" * 100_000, 400, "bad_json", id="deep"),
    pytest.param(b'{"a":' * 100_000, 400, "bad_json", id="deep-objects"),
    pytest.param(b"[NaN]", 400, "bad_json", id="nan"),
    pytest.param(b"[Infinity]", 400, "bad_json", id="infinity"),
    pytest.param(b"[1e999]", 400, "bad_json", id="beyond-double"),
    pytest.param(b"[" + b"9" * 5_000 + b"]", 400, "bad_json", id="5000-digits"),
]


@pytest.mark.parametrize(("body", "status", "code"), BROKEN)
def test_a_body_that_is_no_batch_is_refused(server: Server, body: bytes, status: int, code: str) -> None:
    """B-31, B-34 to B-37, B-67, B-85."""
    answer = send(server, BATCH, body)
    assert (answer.status, answer.code) == (status, code)
    if code == "bad_json":
        assert 0 <= answer.json["error"]["offset"] <= len(body)


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


REFUSED = [
    pytest.param({"body": {"level": "info", "message": "m", "metadata": _deep(65)}}, "too_deep", id="B-37"),
    pytest.param({"a\0b": 1}, "bad_key", id="B-40-nul"),
    pytest.param({"k" * 300: 1}, "bad_key", id="B-40-long"),
    pytest.param({"timestamp": "yesterday"}, "bad_time", id="B-76"),
    pytest.param({"traceId": "t" * 257}, "bad_id", id="B-79"),
    pytest.param({"sessionId": "a\0b"}, "bad_id", id="nul-in-an-id"),
    pytest.param({"environment": "e" * 65}, "bad_id", id="B-94"),
    pytest.param({"tags": "a"}, "wrong_type", id="B-75"),
    pytest.param({"padding": "x" * (4 * 1024 * 1024)}, "event_too_large", id="B-82"),
]


@pytest.mark.parametrize(("more", "code"), REFUSED)
def test_a_bad_event_is_refused_with_its_code(server: Server, more: dict[str, Any], code: str) -> None:
    answer = send_json(server, BATCH, [log_event(new_id(), **more)])
    assert answer.status == 422
    assert [e["code"] for e in answer.json["error"]["errors"]] == [code]


@pytest.mark.parametrize("event_id", ["", "e" * 257, 7, "a\nb", ["x"]])
def test_a_bad_event_id_is_refused(server: Server, event_id: object) -> None:
    """B-69."""
    answer = send_json(server, BATCH, [{**log_event("x"), "eventId": event_id}])
    assert [e["code"] for e in answer.json["error"]["errors"]] == ["bad_event_id"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("before\0after", id="nul"),
        pytest.param("\x1b[31m\u202e\u200b\U0001f600e\u0301", id="controls-and-emoji"),
        pytest.param("<script>alert(1)</script>", id="html"),
        pytest.param("=HYPERLINK(1)", id="formula"),
    ],
)
def test_odd_texts_are_stored_as_sent(server: Server, text: str) -> None:
    """B-84, B-86, B-87, B-88."""
    event_id = new_id()
    event = log_event(event_id, body={"level": "info", "message": text, "metadata": {"__proto__": text, "": text}})
    assert send_json(server, EVENT, event).status == 202
    found = stored(server, event_id)
    assert found["output"] == text
    assert (found["attributes"]["metadata.__proto__"], found["attributes"]["metadata."]) == (text, text)


def test_integers_of_64_bits_are_stored_exactly(server: Server) -> None:
    """B-68: the answer carries the digits that were sent."""
    event_id = new_id()
    event = log_event(event_id, body={"level": "info", "message": "m", "metadata": {"n": 2**64 - 1}})
    assert send_json(server, EVENT, event).status == 202
    assert stored(server, event_id)["attributes"]["metadata.n"] == str(2**64 - 1)


def test_a_cost_with_more_places_than_the_column_is_stored_rounded(server: Server) -> None:
    event_id = new_id()
    usage = {"model": "none-such", "inputTokens": 1, "outputTokens": 1, "costUSD": 0.00018449999999999999}
    assert send_json(server, EVENT, {"eventId": event_id, "type": "token_usage", "body": usage}).status == 202
    assert float(stored(server, event_id)["reported_cost_usd"]) == pytest.approx(0.0001845)


def test_a_long_text_is_cut_and_marked(server: Server) -> None:
    """B-81."""
    event_id = new_id()
    event = log_event(event_id, body={"level": "info", "message": "x" * (2 * 1024 * 1024)})
    assert send_json(server, EVENT, event).status == 202
    found = stored(server, event_id)
    assert "truncated:output" in found["notes"]
    assert found["attributes"]["truncated.output.bytes"] == str(2 * 1024 * 1024 + 2)
    assert len(found["output"]) == 1024 * 1024


def test_events_of_a_hundred_days_are_accepted_together(server: Server) -> None:
    """B-78."""
    ids = [new_id() for _ in range(100)]
    batch = [
        log_event(event_id, timestamp=f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}T00:00:00Z")
        for day, event_id in enumerate(ids)
    ]
    assert send_json(server, BATCH, batch).status == 202
    assert stored(server, ids[99])["start_time"].startswith("2025-04-16")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_the_batch_route_takes_post_alone(server: Server, method: str) -> None:
    """B-07."""
    answer = send(server, BATCH, b"", method)
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "method_not_allowed", "POST")


def test_an_error_never_repeats_a_long_value(server: Server) -> None:
    secret = "s" * 500
    for event in (log_event(secret), log_event("a", type=secret), log_event("a", timestamp=secret)):
        assert secret[:65].encode() not in send(server, BATCH, orjson.dumps([event])).body
