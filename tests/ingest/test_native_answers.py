"""What the native routes answer, and that what they accepted can be read."""

from __future__ import annotations

from typing import Any

from tests.ingest.calls import BATCH, EVENT, is_refused, log_event, new_id, send_json, stored
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
    assert is_refused(server, good)


def test_a_refused_single_event_says_where(server: Server) -> None:
    """B-72."""
    event_id = new_id()
    answer = send_json(server, EVENT, log_event(event_id, projectId="another"))
    assert answer.status == 422
    assert [(e["event_id"], e["code"], e["path"]) for e in answer.json["error"]["errors"]] == [
        (event_id, "project_mismatch", "projectId")
    ]
    assert is_refused(server, event_id)
