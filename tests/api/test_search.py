"""Search: what stands in inputs and outputs is found in any language, as it is, with the place where it stands."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest
from tests.api.reading import EVENTS, Project, at, event, model_call, new_project
from tests.running import Server, wait_until

from watchllm_server.clock import SystemClock
from watchllm_server.ui_backend.routes.search import FoundEvents

SEARCH: Final = "/api/v1/search"
TEXTS: Final = (
    "Where is my order ORD-81_x%?", "付款失敗，請重試。", 'She said "no\\yes"\nand left\tquickly', "Ünïcödé ÉTÉ café",
    "🎉👩‍👩‍👧 party", "{{7*7}} ' OR 1=1 -- ; DROP TABLE events", "https://example.com/a?b=c&d=%20",
    "注文はどこですか 주문",
    "мой заказ ЗДЕСЬ", "<script>alert(1)</script>", "C:\\temp\\new", "a" * 3_000 + "needle in hay" + "b" * 3_000,
)  # fmt: skip


@pytest.fixture(scope="module")
def texts(server: Server) -> Project:
    """Each text once as input, ten minutes apart, and a model call."""
    project = new_project(server)
    project.store(
        *(
            event(f"e{number}", f"t{number}", -number * 600, "agent_action", body={"action": "say", "input": text})
            for number, text in enumerate(TEXTS)
        ),
        model_call("call", "call", -10, "gpt-4o", userId="u1"),
    )
    return project


def found(project: Project, text: str, **query: Any) -> list[str]:
    return [row["event_id"] for row in project.read(SEARCH, q=text, **query)["data"]]


def test_a_page_is_exactly_what_the_reference_describes(texts: Project) -> None:
    answer = texts.read(SEARCH, q="order")
    assert FoundEvents.model_validate(answer).model_dump(by_alias=True) == answer


CASES: Final = [
    ("ORD-81_x%", 0), ("ord-81", 0), ("%", None), ("_x%?", 0), ("付款", 1), ("款", 1), ("請重試。", 1),
    ('"no\\yes"', 2),
    ("no\nand", None), ("\nand left\t", 2), ("été", 3), ("CAFÉ", 3), ("🎉", 4), ("👩‍👧", 4), ("' OR 1=1", 5),
    ("{{7*7}}", 5), ("DROP TABLE events", 5), ("b=c&d=%20", 6), ("どこ", 7), ("주", 7), ("здесь", 8), ("МОЙ", 8),
    ("</script>", 9), ("C:\\temp", 10), ("\\new", 10), ("NEEDLE in hay", 11),
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), CASES)
def test_a_text_is_found_as_it_is_in_any_case(texts: Project, text: str, number: int | None) -> None:
    rows = texts.read(SEARCH, q=text)["data"]
    expected = [f"e{at}" for at, whole in enumerate(TEXTS) if text.casefold() in whole.casefold()]
    assert [row["event_id"] for row in rows] == expected
    assert number is None or expected == [f"e{number}"]
    for row in rows:
        (place,) = row["highlights"]
        assert (place["field"], place["match"].casefold()) == ("input", text.casefold())
        whole = f'"{TEXTS[int(row["event_id"][1:])]}"'
        assert place["before"] + place["match"] + place["after"] in whole
        assert len(place["before"]) <= 120 >= len(place["after"])


def test_random_pieces_are_found_where_they_stand(texts: Project) -> None:
    chance = random.Random(3)
    for _ in range(40):
        text = chance.choice(TEXTS)
        begin = chance.randrange(len(text) - 2)
        piece = text[begin : begin + chance.randrange(1, 12)]
        if piece.strip():
            expected = {f"e{at}" for at, whole in enumerate(TEXTS) if piece.casefold() in whole.casefold()}
            assert expected <= set(found(texts, piece)), piece


def test_search_finds_what_the_filter_finds(texts: Project) -> None:
    for text in ("order", "付款", "é", "\\"):
        given = {"field": "text", "op": "contains", "value": text}
        assert found(texts, text) == [row["event_id"] for row in texts.read(EVENTS, filter=given)["data"]]


def test_both_sides_of_an_event_are_shown(texts: Project) -> None:
    (row,) = texts.read(SEARCH, q="hello")["data"]
    assert [place["field"] for place in row["highlights"]] == ["output"]
    (row,) = texts.read(SEARCH, q="content")["data"]
    assert [place["field"] for place in row["highlights"]] == ["input", "output"]


def test_json_that_was_sent_with_letters_as_numbers_is_found(empty: Project) -> None:
    spans = _span_with(r'{"q": "\u4ed8\u6b3e \ud83c\udf89 caf\u00e9"}')
    answer = empty.server.request("POST", "/v1/traces", spans, headers={"Authorization": f"Bearer {empty.key}"})
    assert answer[0] == 200, answer
    wait_until(lambda: found(empty, "付款"))
    (row,) = empty.read(SEARCH, q="款 🎉")["data"]
    (place,) = row["highlights"]
    assert place["before"] + place["match"] + place["after"] == '{"q": "付款 🎉 café"}'
    assert place["match"] == "款 🎉"


def _span_with(input_json: str) -> dict[str, Any]:
    now_ns = SystemClock().now_us() * 1_000
    attributes = [
        {"key": "openinference.span.kind", "value": {"stringValue": "TOOL"}},
        {"key": "input.value", "value": {"stringValue": input_json}},
    ]
    span = {
        "traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "tool", "startTimeUnixNano": now_ns - 10**9,
        "endTimeUnixNano": now_ns, "attributes": attributes,
    }  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def test_pages_give_every_match_once_and_a_range_and_a_filter_bound_them(texts: Project) -> None:
    whole = found(texts, "a")
    pages: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = texts.read(SEARCH, q="a", limit=2, **cursor)
        pages += [row["event_id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == whole
    assert found(texts, "付", from_=at(-600), to=at(-599)) == ["e1"]
    assert found(texts, "付", from_=at(-599), to=at(0)) == []
    given = {"field": "user_id", "op": "=", "value": "u1"}
    assert found(texts, "h", filter=given) == ["call"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "x" * 1_025, "付" * 342])
def test_no_text_and_too_much_of_it_are_refused(texts: Project, text: str) -> None:
    assert texts.refusal(SEARCH, q=text) == (400, "bad_parameter")


def test_what_cannot_be_asked_is_refused(texts: Project) -> None:
    assert texts.refusal(SEARCH) == (400, "bad_parameter")
    assert texts.refusal(SEARCH, q="a", sort="name", limit=0) == (400, "bad_parameter")
    cursor = texts.read(SEARCH, q="a", limit=1)["next_cursor"]
    assert texts.refusal(SEARCH, q="b", limit=1, cursor=cursor) == (400, "bad_cursor")
