"""B-31 to B-40: bodies of the native routes as JSON."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

from tests.bad_inputs.case import (
    Ask,
    Case,
    Check,
    all_of,
    batch,
    event,
    in_turn,
    json_of,
    kept,
    nothing_stored,
    one,
    to,
    typed,
)
from tests.ingest.calls import BATCH, EVENT, Answer, log_event, new_id, send, send_json, stored
from tests.running import Server

# What no store, path or page may take for anything but a name.
ODD_KEYS: Final = ("__proto__", "constructor", "prototype", "$where", "$ne", "a.b", "", " ", "'; DROP TABLE events; --",
                   "../x", "toString", "k" * 256, "ключ", "\u202e", "project_id", "raw")  # fmt: skip


def says_where(server: Server, event_id: str, answer: Answer) -> None:
    """The answer names the byte where reading stopped."""
    assert isinstance(answer.json["error"]["offset"], int)


def answers(**expected: Any) -> Check:
    """The answer has these fields."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        assert {name: answer.json[name] for name in expected} == expected

    return check


def names_the_event(server: Server, event_id: str, answer: Answer) -> None:
    """The answer has the event's own id."""
    assert answer.json.get("event_ids", [answer.json.get("event_id")]) == [event_id]


def _many(count: int) -> Ask:
    def ask(server: Server, event_id: str) -> Answer:
        return send_json(server, BATCH, [log_event(event_id)] + [log_event(new_id()) for _ in range(count - 1)])

    return ask


def _some_bad(server: Server, event_id: str) -> Answer:
    """Send a good event among bad ones: none of them is stored."""
    events: list[Any] = [log_event(event_id), log_event(new_id(), type="nonsense"), 7, {"type": "log", "body": {}}]
    answer = send_json(server, BATCH, events)
    found = [(error["index"], error["code"]) for error in answer.json["error"]["errors"]]
    assert found == [(1, "unknown_type"), (2, "not_an_object"), (3, "missing")]
    return answer


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _odd_keys_kept(server: Server, event_id: str, answer: Answer) -> None:
    """Every key is there, with the value that it was sent with and nothing else's."""
    found = stored(server, event_id)
    assert {key: found["attributes"][f"metadata.{key}"] for key in ODD_KEYS} == {key: f"v{key}" for key in ODD_KEYS}
    assert (found["name"], found["type"], found["output"]) == ("info", "log", "m")


def _identity_twice(server: Server, event_id: str) -> Answer:
    """Send a good event after one whose id stands twice: the whole body is refused."""
    good = orjson.dumps(log_event(event_id)).decode()
    twice = '{"eventId": "a", "type": "log", "body": {"level": "info", "message": "m"}, "eventId": "b"}'
    answer = send(server, BATCH, f"[{good}, {twice}]".encode())
    assert answer.json["error"]["index"] == 1
    return answer


def _deep_with_identity_twice(server: Server, event_id: str) -> Answer:
    nested = "[" * 1_000 + "]" * 1_000
    return send(server, BATCH, f'[{{"eventId": "a", "eventId": "b", "type": "log", "deep": {nested}}}]'.encode())


def _bad(row: str, what: str, body: bytes, code: str = "bad_json") -> Case:
    return Case(row, what, batch(body), 400, code, says_where if code == "bad_json" else None)


CASES = [
    _bad("B-31", "nothing", b"", "not_a_batch"),
    _bad("B-31", "blanks", b" \n\t", "not_a_batch"),
    _bad("B-31", "null", b"null", "not_a_batch"),
    _bad("B-31", "a text", b'"x"', "not_a_batch"),
    _bad("B-31", "a number", b"42", "not_a_batch"),
    _bad("B-31", "an empty object", b"{}", "not_a_batch"),
    Case("B-31", "a list on the route of one event", to("POST", EVENT, b"[]"), 400, "not_a_batch"),
    Case("B-32", "an empty list", batch(b"[]"), 202,
         then=answers(status="queued", count=0, event_ids=[], duplicates=0)),
    Case("B-32", "an empty list among blanks", batch(b" [ ] \n"), 202, then=answers(count=0)),
    Case("B-33", "one event on the route of batches",
         lambda server, event_id: send_json(server, BATCH, log_event(event_id)), 202,
         then=all_of(names_the_event, kept(output="hello"))),
    _bad("B-34", "JSON that ends too early", b'[{"type":'),
    _bad("B-34", "a trailing comma", b"[1,]"),
    _bad("B-34", "a comment", b"[/* */]"),
    _bad("B-34", "single quotes", b"['x']"),
    _bad("B-34", "a key without quotes", b"[{type: 1}]"),
    _bad("B-34", "a number that begins with 0", b"[01]"),
    _bad("B-34", "a line end in a text", b'["a\nb"]'),
    _bad("B-35", "two documents", b"[][]"),
    _bad("B-35", "lines of JSON", b"{}\n{}"),
    _bad("B-35", "a byte behind the end", b"[]\0"),
    _bad("B-35", "a byte order mark", b"\xef\xbb\xbf[]"),
    _bad("B-35", "UTF-16", '[{"type": "log"}]'.encode("utf-16")),
    _bad("B-36", "a byte that is not UTF-8", b'[{"type": "\xff"}]'),
    _bad("B-36", "an overlong slash", b'["\xc0\xaf"]'),
    _bad("B-36", "a surrogate in UTF-8", b'["\xed\xa0\x80"]'),
    _bad("B-37", "100,000 lists", b"[" * 100_000),
    _bad("B-37", "100,000 lists that end", b"[" * 100_000 + b"]" * 100_000),
    _bad("B-37", "100,000 objects", b'{"a":' * 100_000),
    Case("B-37", "an event of 65 levels", typed("log", level="info", message="m", metadata={"deep": _deep(65)}), 422,
         "too_deep", nothing_stored),
    Case("B-37", "an event of 1,000 levels",
         json_of(lambda event_id: '[{"type": "log", "x": ' + "[" * 1_000 + "]" * 1_000 + "}]"), 422, "too_deep"),
    Case("B-37", "an event of 60 levels", event(deep=_deep(60)), 202, then=kept(type="log")),
    Case("B-38", "101 events", _many(101), 413, "too_many_events", nothing_stored),
    Case("B-38", "100 events", _many(100), 202, then=answers(count=100)),
    Case("B-39", "an event id twice", one('"eventId": "second"'), 400, "duplicate_key", nothing_stored),
    Case("B-39", "an event id in both spellings", one('"event_id": "second"'), 400, "duplicate_key", nothing_stored),
    Case("B-39", "an event id twice, once with a letter by its number", one('"\\u0065ventId": "second"'), 400,
         "duplicate_key", nothing_stored),
    Case("B-39", "an event id twice, the same", json_of(
        lambda event_id: f'[{{"eventId": "{event_id}", "eventId": "{event_id}", "type": "log"}}]'), 400,
        "duplicate_key"),
    Case("B-39", "a project twice", one('"projectId": "a", "projectId": "proj_test"'), 400, "duplicate_key"),
    Case("B-39", "a trace twice", one('"traceId": "a", "traceId": "b"'), 400, "duplicate_key", nothing_stored),
    Case("B-39", "a trace twice, once null", one('"trace_id": null, "traceId": "b"'), 400, "duplicate_key"),
    Case("B-39", "the second event of a batch", _identity_twice, 400, "duplicate_key", nothing_stored),
    Case("B-39", "an id twice in an event that is too deep", _deep_with_identity_twice, 422, "too_deep"),
    Case("B-39", "a name twice in metadata: the last counts", one('"extra": 1, "extra": 2'), 202,
         then=kept(attributes={"extra": "2"})),
    Case("B-39", "names of ids inside of metadata are the sender's own",
         one('"extra": {"eventId": 1, "eventId": 2, "trace_id": 3}'), 202,
         then=kept(attributes={"extra": '{"eventId":2,"trace_id":3}'})),
    Case("B-39", "names of ids as texts", one('"tags": ["eventId", "traceId", "project_id"]'), 202,
         then=kept(tags=["eventId", "traceId", "project_id"])),
    Case("B-39", "a trace in the envelope and in its context", one('"traceId": "t39", "context": {"traceId": "no"}'),
         202, then=kept(trace_id="t39")),
    Case("B-40", "odd keys", typed("log", level="info", message="m", metadata={key: f"v{key}" for key in ODD_KEYS}),
         202, then=_odd_keys_kept),
    Case("B-40", "a key with NUL", event(**{"a\0b": 1}), 422, "bad_key", nothing_stored),
    Case("B-40", "a key of 257 bytes", event(**{"k" * 257: 1}), 422, "bad_key", nothing_stored),
    Case("B-40", "a key of 257 bytes deep inside", event(a={"b": [{"ü" * 129: 1}]}), 422, "bad_key", nothing_stored),
    Case("B-40", "an event that says nothing but odd keys",
         lambda server, event_id: send(server, EVENT, json.dumps(dict.fromkeys(ODD_KEYS, "1")).encode()),
         422, "project_mismatch"),
    Case("B-34", "good events among bad ones", _some_bad, 422, "unknown_type", nothing_stored),
    Case("B-34", "a good event after a broken body", in_turn(batch(b"[{"), event()), 202, then=kept(output="hello")),
]  # fmt: skip
