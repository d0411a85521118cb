"""The ledger balances, and every event and trace can be asked where it is."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest
from tests.access.browser import ask
from tests.api.reading import Project, event
from tests.ingest.calls import BATCH
from tests.running import wait_until

from watchllm_server.ui_backend.routes.ledger import Ledger, WhereIsEvent, WhereIsTrace

LEDGER, WHERE_IS = "/api/v1/ledger", "/api/v1/where-is"


@pytest.mark.parametrize(
    ("model", "path", "query"),
    [
        pytest.param(Ledger, LEDGER, {}, id="ledger"),
        pytest.param(WhereIsEvent, WHERE_IS, {"event_id": "call"}, id="event"),
        pytest.param(WhereIsTrace, WHERE_IS, {"trace_id": "agent"}, id="trace"),
    ],
)
def test_an_answer_is_exactly_what_the_reference_describes(
    story: Project, model: Any, path: str, query: dict[str, Any]
) -> None:
    answer = story.read(path, **query)
    assert model.model_validate(answer).model_dump(by_alias=True, exclude_unset=True) == answer


def test_received_rejected_repeated_and_stored_events_balance(empty: Project) -> None:
    empty.store(event("a", "t"), event("b", "t"), event("a", "t"))
    refused = ask(
        empty.server, BATCH, b'[{"type": "nothing", "body": {}}, {"type": "log", "body": {"level": "info"}}]',
        method="POST", authorization=f"Bearer {empty.key}",
    )  # fmt: skip
    assert refused.status == 422
    wait_until(lambda: empty.read(LEDGER)["totals"]["queued"] == 0)
    answer = empty.read(LEDGER)
    totals = answer["totals"]
    assert (totals["received"], totals["stored"], totals["duplicate"], totals["dead_lettered"]) == (5, 2, 1, 0)
    assert sum(totals["rejected"].values()) == 2
    assert answer["balanced"] is True
    for name in ("received", "stored", "duplicate"):
        assert sum(minute[name] for minute in answer["data"]) == totals[name]


def test_the_ledger_of_an_empty_project_is_balanced_and_empty(empty: Project) -> None:
    answer = empty.read(LEDGER)
    zero: dict[str, Any] = {"received": 0, "rejected": {}, "duplicate": 0, "queued": 0, "stored": 0, "dead_lettered": 0}
    assert (answer["data"], answer["totals"], answer["balanced"]) == ([], zero, True)


def test_the_ledger_of_a_range_is_of_that_range(story: Project) -> None:
    assert story.read(LEDGER, from_="2026-01-01T00:00:00Z", to="2026-01-02T00:00:00Z")["totals"]["received"] == 0
    assert story.refusal(LEDGER, from_="x") == (400, "bad_time_range")


def test_a_visible_event_has_passed_every_stage_in_order_of_time(story: Project) -> None:
    answer = story.read(WHERE_IS, event_id="call")
    assert [stage["stage"] for stage in answer["stages"]] == ["received", "queued", "stored", "visible"]
    times = [stage["at"] for stage in answer["stages"] if stage["at"]]
    assert times == sorted(times)
    assert answer["current"] == "visible"
    assert answer["stages"][2]["trace_id"] == "agent"


def test_a_visible_trace_says_how_many_events_are_stored_and_shown(story: Project) -> None:
    assert story.read(WHERE_IS, trace_id="agent") == {
        "trace_id": "agent",
        "stages": [{"stage": "stored", "events": 4}, {"stage": "visible", "events": 4}],
        "has_summary": True,
        "current": "visible",
    }


@pytest.mark.parametrize("query", [{}, {"event_id": "call", "trace_id": "agent"}, {"id": "call"}])
def test_one_thing_must_be_asked_for(story: Project, query: dict[str, str]) -> None:
    assert story.refusal(WHERE_IS, **query) == (400, "bad_parameter")


@pytest.mark.parametrize("name", ["event_id", "trace_id"])
@pytest.mark.parametrize("value", ["none", "", "x" * 257, "\0", "CALL", "AGENT"])
def test_what_nobody_has_seen_answers_404(story: Project, name: str, value: str) -> None:
    assert story.refusal(WHERE_IS, **{name: value}) == (404, "not_found")


BAD: Final[list[tuple[dict[str, Any], str]]] = [
    ({"type": "nothing", "body": {}}, "unknown_type"),
    ({"type": "log", "timestamp": "2199-01-01T00:00:00Z", "body": {"level": "info", "message": "x"}}, "bad_time"),
    ({"type": "span", "body": {}}, "missing"),
]


@pytest.mark.parametrize(("bad", "code"), BAD, ids=[code for _, code in BAD])
def test_a_refused_event_is_found_as_rejected_with_its_reason(empty: Project, bad: dict[str, Any], code: str) -> None:
    good = event("good", "t")
    body = orjson.dumps([good, {**bad, "eventId": "bad"}])
    answer = ask(empty.server, BATCH, body, method="POST", authorization=f"Bearer {empty.key}")
    named = {error["event_id"]: error for error in answer.json["error"]["errors"]}
    found = empty.read(WHERE_IS, event_id="bad")
    assert (found["current"], [stage["stage"] for stage in found["stages"]]) == ("rejected", ["received", "rejected"])
    assert (found["stages"][1]["code"], found["stages"][1]["message"]) == (code, named["bad"]["message"])
    other = empty.read(WHERE_IS, event_id="good")
    assert (other["current"], other["stages"][1]["code"]) == ("rejected", "batch_refused")
    assert empty.read(LEDGER)["totals"]["rejected"] == {code: 1, "batch_refused": 1}


def test_an_event_that_is_refused_and_then_accepted_is_where_it_was_accepted(empty: Project) -> None:
    wrong = orjson.dumps({"eventId": "e", "type": "nothing", "body": {}})
    for _ in range(2):
        ask(empty.server, "/api/v1/events", wrong, method="POST", authorization=f"Bearer {empty.key}")
        assert empty.read(WHERE_IS, event_id="e")["stages"][-1]["stage"] == "rejected"
        empty.store(event("e", "t"))
        wait_until(lambda: empty.read(WHERE_IS, event_id="e")["current"] == "visible")
    found = empty.read(WHERE_IS, event_id="e")
    assert (found["current"], [stage["stage"] for stage in found["stages"]]) == (
        "visible", ["received", "queued", "stored", "visible"],
    )  # fmt: skip
    # A later attempt that is refused changes nothing about the event, and is told.
    ask(empty.server, "/api/v1/events", wrong, method="POST", authorization=f"Bearer {empty.key}")
    again = empty.read(WHERE_IS, event_id="e")
    assert (again["current"], again["stages"][-1]["code"]) == ("visible", "unknown_type")


def test_a_refused_span_beside_good_ones_is_found_as_rejected(empty: Project) -> None:
    ids = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "long ago"}
    body = orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{**ids, "startTimeUnixNano": "5"}]}]}]})
    assert ask(empty.server, "/v1/traces", body, method="POST", authorization=f"Bearer {empty.key}").status in (
        200,
        400,
    )
    found = empty.read(WHERE_IS, event_id=ids["traceId"] + ids["spanId"])
    assert (found["current"], found["stages"][1]["code"]) == ("rejected", "bad_time")
