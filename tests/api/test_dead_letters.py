"""Dead letters by the API: listed, read, replayed and discarded, with a ledger that balances all the way."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.access.browser import ask
from tests.api.dying import LETTERS, POISON, Dying, poison
from tests.ingest.calls import TRACES
from tests.running import Server, wait_until

from watchllm_server.clock import SystemClock


@pytest.fixture(scope="module")
def dying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dying]:
    server = Server(tmp_path_factory.mktemp("letters") / "data").start()
    yield Dying(server)
    server.kill()


@pytest.fixture
def broken(dying: Dying) -> Iterator[Dying]:
    """A broken engine; a test may repair it."""
    dying.break_engine()
    yield dying
    dying.repair_engine()
    # What was replayed must be stored before the engine breaks again.
    dying.counts()
    dying.ask_for("discard", {"filter": {}})


def stored(dying: Dying, event_id: str) -> Any:
    """Return the event once it is stored."""

    def find() -> Any:
        answer = dying.browser.get(f"/api/v1/events/{event_id}")
        return answer.json if answer.status == 200 else None

    return wait_until(find)


def stages(dying: Dying, event_id: str) -> tuple[list[str], str]:
    answer = dying.get(f"/api/v1/where-is?event_id={event_id}")
    return [stage["stage"] for stage in answer["stages"]], answer["current"]


def send_native() -> tuple[str, str, bytes, str]:
    event = poison()
    return event["eventId"], "/api/v1/events", orjson.dumps(event), "application/json"


def span_request() -> tuple[str, ExportTraceServiceRequest]:
    """Return an event id, and a request with its span between others."""
    trace_id, request = secrets.token_bytes(16), ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "checkout"
    scope = resource.scope_spans.add()
    scope.scope.name = "scope"
    now_ns = SystemClock().now_us() * 1_000
    for at, name in enumerate(("good", POISON, "fine")):
        span_id = (at + 1).to_bytes(8, "big")
        span = scope.spans.add(trace_id=trace_id, span_id=span_id, name=name, start_time_unix_nano=now_ns)
        span.end_time_unix_nano = now_ns + 5_000_000
        span.attributes.add(key="n").value.int_value = at
    return trace_id.hex() + "0000000000000002", request


def send_protobuf() -> tuple[str, str, bytes, str]:
    event_id, request = span_request()
    return event_id, TRACES, request.SerializeToString(), "application/x-protobuf"


def send_json() -> tuple[str, str, bytes, str]:
    event_id, request = span_request()
    spans = [
        {
            "traceId": span.trace_id.hex(), "spanId": span.span_id.hex(), "name": span.name,
            "startTimeUnixNano": str(span.start_time_unix_nano), "endTimeUnixNano": str(span.end_time_unix_nano),
            "attributes": [{"key": "n", "value": {"intValue": str(at)}}],
        }
        for at, span in enumerate(request.resource_spans[0].scope_spans[0].spans)
    ]  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "scope"}, "spans": spans}]}]}
    return event_id, TRACES, orjson.dumps(body), "application/json"


SENDERS = [pytest.param(send, id=send.__name__) for send in (send_native, send_protobuf, send_json)]
# What differs between two acceptances of the same event.
STAMPS = ("accepted_at", "stored_at")


@pytest.mark.parametrize("send", SENDERS)
def test_a_replayed_event_is_the_event_that_was_sent_and_counts_once(broken: Dying, send: Any) -> None:
    event_id, path, body, content_type = send()
    before = broken.counts()
    answer = ask(broken.server, path, body, method="POST", content_type=content_type)
    assert answer.status in (200, 202), answer.body
    broken.wait_kept(event_id)
    count = 1 if path == "/api/v1/events" else 3
    assert broken.counts() == (before[0] + count, before[1] + count - 1, before[2], before[3] + 1)
    assert stages(broken, event_id) == (["received", "queued", "dead_lettered"], "dead_lettered")
    letter = broken.get(f"{LETTERS}/{event_id}")
    assert (letter["code"], letter["state"], letter["is_replayable"]) == ("store_refused", "kept", True)
    assert "VIOLATED_CONSTRAINT" in letter["message"]
    assert POISON in letter["content"]
    assert "good" not in letter["content"]

    broken.repair_engine()
    assert broken.ask_for("replay", {"event_ids": [event_id]}) == {
        "replayed": 1, "superseded": 0, "unreadable": 0, "busy": 0, "not_found": 0, "has_more": False,
    }  # fmt: skip
    replayed = stored(broken, event_id)
    assert broken.counts() == (before[0] + count, before[1] + count, before[2], before[3])
    assert broken.kept() == []
    assert broken.get(f"{LETTERS}/{event_id}")["state"] == "replayed"
    assert event_id in [row["event_id"] for row in broken.get(f"{LETTERS}?state=replayed&limit=100")["data"]]
    wait_until(lambda: stages(broken, event_id)[1] == "visible")
    assert stages(broken, event_id)[0] == ["received", "queued", "stored", "visible"]
    assert replayed["accepted_at"] == letter["accepted_at"]

    # The same bytes, accepted as any other: but for its stamps it is the same event.
    ask(broken.server, path, body, method="POST", content_type=content_type)
    wait_until(lambda: stored(broken, event_id)["accepted_at"] != replayed["accepted_at"])
    again = stored(broken, event_id)
    if path == "/api/v1/events":
        # Without a time of its own, the event has that of its acceptance.
        again["start_time"] = replayed["start_time"]
    assert {k: v for k, v in again.items() if k not in STAMPS} == {k: v for k, v in replayed.items() if k not in STAMPS}


def test_a_replay_without_a_repair_makes_another_letter(broken: Dying) -> None:
    event = poison()
    broken.send(event)
    broken.wait_kept(event["eventId"])
    before = broken.counts()
    first = broken.get(f"{LETTERS}/{event['eventId']}")
    assert broken.ask_for("replay", {"event_ids": [event["eventId"]]})["replayed"] == 1
    broken.wait_kept(event["eventId"])
    assert broken.counts() == before
    again = broken.get(f"{LETTERS}/{event['eventId']}")
    assert again["dead_at"] > first["dead_at"]
    assert {**again, "dead_at": first["dead_at"]} == first


def test_a_replay_of_an_event_that_was_stored_since_leaves_the_event_alone(broken: Dying) -> None:
    event = poison()
    broken.send(event)
    broken.wait_kept(event["eventId"])
    broken.repair_engine()
    broken.send({**event, "body": {"name": "corrected"}})
    assert stored(broken, event["eventId"])["name"] == "corrected"
    before = broken.counts()
    answer = broken.ask_for("replay", {"event_ids": [event["eventId"]]})
    assert (answer["replayed"], answer["superseded"]) == (0, 1)
    assert broken.counts() == before
    assert stored(broken, event["eventId"])["name"] == "corrected"
    assert broken.get(f"{LETTERS}/{event['eventId']}")["state"] == "superseded"
    assert broken.kept() == []


def test_a_discarded_letter_is_forgotten_but_stays_counted(broken: Dying) -> None:
    event = poison()
    broken.send(event)
    broken.wait_kept(event["eventId"])
    before = broken.counts()
    asked = {"event_ids": [event["eventId"], event["eventId"], "never-seen"]}
    assert broken.ask_for("discard", asked) == {"discarded": 1, "not_found": 1, "has_more": False}
    assert broken.counts() == before
    letter = broken.get(f"{LETTERS}/{event['eventId']}")
    assert (letter["state"], letter["content"], letter["is_replayable"]) == ("discarded", "", False)
    broken.repair_engine()
    for action in ("replay", "discard"):
        assert broken.ask_for(action, asked)["not_found"] == 2
    assert stages(broken, event["eventId"])[1] == "dead_lettered"


@pytest.mark.parametrize("action", ["replay", "discard"])
def test_letters_are_taken_by_code_and_time(broken: Dying, action: str) -> None:
    events = [poison() for _ in range(5)]
    broken.send(*events)
    broken.wait_kept(*(event["eventId"] for event in events))
    times = sorted(row["dead_at"] for row in broken.get(f"{LETTERS}?limit=100")["data"])
    name = "replayed" if action == "replay" else "discarded"
    broken.repair_engine()
    for filter_ in ({"code": "unmappable"}, {"to": times[0]}, {"from": "2026-01-01T00:00:00Z", "to": times[0]}):
        assert broken.ask_for(action, {"filter": filter_})[name] == 0
    assert broken.ask_for(action, {"filter": {"code": "store_refused", "from": times[0]}})[name] == 5
    assert broken.kept() == []


def test_a_list_is_paged_bounded_and_filtered(broken: Dying) -> None:
    large = poison(body={"name": POISON, "input": "é" * 100_000})
    events = [poison() for _ in range(6)] + [large]
    for event in events:
        broken.send(event)
    broken.wait_kept(*(event["eventId"] for event in events))
    whole = broken.get(f"{LETTERS}?limit=100")
    names = [row["event_id"] for row in whole["data"]]
    assert sorted(names) == sorted(event["eventId"] for event in events)
    assert [row["dead_at"] for row in whole["data"]] == sorted((r["dead_at"] for r in whole["data"]), reverse=True)
    (shown,) = [row for row in whole["data"] if row["event_id"] == large["eventId"]]
    assert len(shown["content"].encode()) <= 64 * 1024 + 2
    assert shown["content_bytes"] > 200_000
    single = broken.get(f"{LETTERS}/{large['eventId']}")
    assert len(single["content"].encode()) == single["content_bytes"] == shown["content_bytes"]
    assert orjson.loads(single["content"]) == large

    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = broken.get(f"{LETTERS}?limit=3{cursor}")
        seen += [row["event_id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == names
    opened = broken.browser.get(f"{LETTERS}?limit=3&code=unmappable{cursor}")
    assert (opened.status, opened.code) == (400, "bad_cursor")
    assert broken.get(f"{LETTERS}?code=unmappable")["data"] == []
    assert broken.get(f"{LETTERS}?state=discarded&to={whole['data'][-1]['dead_at']}&from=2026-01-01T00:00:00Z")


BAD_SELECTIONS: list[Any] = [
    {}, {"event_ids": ["a"], "filter": {}}, {"event_ids": "a"}, {"event_ids": [5]}, {"event_ids": ["a"] * 1_001},
    {"filter": {"from": "yesterday"}}, {"filter": {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}},
    {"filter": {"status": "x"}}, {"filter": {"code": "x" * 65}}, {"all": True}, [], None, "all",
]  # fmt: skip


@pytest.mark.parametrize("action", ["replay", "discard"])
@pytest.mark.parametrize("body", BAD_SELECTIONS, ids=lambda body: str(body)[:40])
def test_what_cannot_be_meant_is_refused_and_changes_nothing(dying: Dying, action: str, body: Any) -> None:
    answer = dying.post(action, body)
    assert (answer.status, answer.code) in {(400, "bad_parameter"), (400, "bad_time_range")}, answer.body


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "state=lost", "from=x", "cursor=x", "limit=1&limit=2"])
def test_a_list_that_cannot_be_meant_is_refused(dying: Dying, query: str) -> None:
    assert dying.browser.get(f"{LETTERS}?{query}").status == 400


def test_no_letters_are_an_empty_page_and_an_unknown_one_is_missing(dying: Dying) -> None:
    page = dying.get(f"{LETTERS}?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z")
    assert (page["data"], page["next_cursor"], page["note"]) == ([], None, None)
    assert dying.browser.get(f"{LETTERS}/never-seen").status == 404
    assert dying.browser.get(f"{LETTERS}/{'x' * 300}").status == 404
