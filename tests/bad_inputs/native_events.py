"""B-67 to B-94: single events of the native routes."""

from __future__ import annotations

import base64
from typing import Any, Final

from tests.access.tenants import Tenants
from tests.bad_inputs.case import Ask, Case, Check, all_of, event, json_of, kept, nothing_stored, one, typed
from tests.bad_inputs.native_bodies import answers
from tests.ingest.calls import BATCH, EVENT, Answer, log_event, new_id, send_json, stored
from tests.running import Server, wait_until

MIB: Final = 1024 * 1024
_USAGE: Final[dict[str, Any]] = {"model": "none-such", "inputTokens": 1, "outputTokens": 1}
_LOG: Final[dict[str, Any]] = {"level": "info", "message": "m"}
# 2^63 and beyond, a sign, a fraction, and what is no number at all.
_BAD_COUNTS: Final = (2**53 + 1, 2**63, 2**64 - 1, -1, 1.5, 1e300)
_ODD_TEXTS: Final = {
    "B-84": ("before\0after", "\x1b[31m\x07\x7f", "\u202eevil\u2066", "a\u200bb\ufeff",
             "\U0001f600\U0001f468\u200d\U0001f469", "e" + "\u0301" * 500, "\u2028\u2029", "\r\n\t"),
    "B-86": ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
             "data:image/svg+xml,<svg onload=alert(1)>", "<iframe srcdoc='<script>1</script>'></iframe>"),
    "B-87": ('=HYPERLINK("http://x","y")', "+1+1", "-1", "@SUM(1)", "\t=1"),
    "B-88": ("\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x9b31m"),
}  # fmt: skip


def _refused(row: str, what: str, ask: Ask, code: str) -> Case:
    return Case(row, what, ask, 422, code, nothing_stored)


def _usage(**more: Any) -> Ask:
    return typed("token_usage", **(_USAGE | more))


def _number(text: str) -> Ask:
    """Send a number as it stands, as no encoder writes it."""
    return one(f'"n": {text}')


def _count(text: str) -> Ask:
    def make(event_id: str) -> str:
        usage = f'{{"model": "m", "inputTokens": {text}, "outputTokens": 1}}'
        return f'[{{"eventId": "{event_id}", "type": "token_usage", "body": {usage}}}]'

    return json_of(make)


def _twice(second: str) -> Ask:
    """Send an id twice in one batch, with an event of another id between."""

    def ask(server: Server, event_id: str) -> Answer:
        last = log_event(event_id, body={"level": "info", "message": second})
        return send_json(server, BATCH, [log_event(event_id), log_event(new_id()), last])

    return ask


def _in_another_project(server: Server, event_id: str) -> Answer:
    """Send an id that the first project has already; each project keeps its own event."""
    tenants = Tenants(server)
    other = tenants.add_project()
    key = tenants.add_key(other, "ingest", "read")
    theirs = log_event(event_id, body={"level": "info", "message": "theirs"})
    send_json(server, EVENT, log_event(event_id))
    answer = send_json(server, EVENT, theirs, authorization=f"Bearer {key}")
    elsewhere = Server(server.data_dir, base_url=server.base_url, api_key=key)
    assert stored(elsewhere, event_id)["output"] == "theirs"
    return answer


def _unnamed(server: Server, event_id: str) -> Answer:
    """Send an event without an id: one is made, and it can be read under that."""
    answer = send_json(server, EVENT, {"type": "log", "body": _LOG})
    made = answer.json["event_id"]
    assert len(made) == 32
    assert stored(server, made)["trace_id"] == made
    return answer


def _of_days(server: Server, event_id: str) -> Answer:
    """Send events of a hundred days in one batch, and one of another day at the same time."""
    days = [f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}T00:00:00Z" for day in range(101)]
    ids = [new_id() for _ in days]
    send_json(server, EVENT, log_event(ids[100], timestamp=days[100]))
    answer = send_json(server, BATCH, [log_event(i, timestamp=day) for i, day in zip(ids[:100], days, strict=False)])
    assert [stored(server, i)["start_time"][:10] for i in (ids[0], ids[50], ids[100])] == [
        days[0][:10], days[50][:10], days[100][:10],
    ]  # fmt: skip
    return answer


def _cut(server: Server, event_id: str, answer: Answer) -> None:
    """The text is cut and marked, with its length and hash."""
    found = stored(server, event_id)
    assert "truncated:output" in found["notes"]
    assert len(found["output"]) <= MIB
    assert int(found["attributes"]["truncated.output.bytes"]) > MIB
    assert len(found["attributes"]["truncated.output.sha256"]) == 64


def _has_note(note: str) -> Check:
    def check(server: Server, event_id: str, answer: Answer) -> None:
        found = stored(server, event_id)
        assert (note in found["notes"], found["duration_ms"]) == (True, None)

    return check


def _starts_now(server: Server, event_id: str, answer: Answer) -> None:
    found = stored(server, event_id)
    assert found["start_time"] == found["accepted_at"]


def _family(parents: dict[str, str], *, elsewhere: str = "") -> Ask:
    """Send a trace whose events have these parents; the trace is shown whole, each event once."""

    def ask(server: Server, event_id: str) -> Answer:
        events = [
            log_event(f"{event_id}-{name}", traceId=event_id, parentEventId=parent and f"{event_id}-{parent}")
            for name, parent in parents.items()
        ]
        if elsewhere:
            send_json(server, EVENT, log_event(f"{event_id}-{elsewhere}", traceId=f"{event_id}-other"))
        answer = send_json(server, BATCH, events)
        assert _shown_ids(server, event_id, len(parents)) == {f"{event_id}-{name}" for name in parents}
        return answer

    return ask


def _chain(levels: int) -> Ask:
    """Send a trace in which each event is the parent of the next."""

    def ask(server: Server, event_id: str) -> Answer:
        events = [
            log_event(f"{event_id}-{n}", traceId=event_id, parentEventId=f"{event_id}-{n - 1}" if n else None)
            for n in range(levels)
        ]
        answers = [send_json(server, BATCH, events[at : at + 100]) for at in range(0, levels, 100)]
        assert {answer.status for answer in answers} == {202}
        assert len(_shown_ids(server, event_id, levels)) == levels
        return answers[-1]

    return ask


def _shown_ids(server: Server, trace_id: str, count: int) -> set[str]:
    def find() -> Any:
        status, answer = server.request("GET", f"/api/v1/traces/{trace_id}?shape=flat")
        return answer if status == 200 and len(answer["columns"]["event_id"]) == count else None

    return set(wait_until(find, timeout_s=60)["columns"]["event_id"])


def _image() -> str:
    return "data:image/png;base64," + base64.b64encode(bytes(range(256)) * (9 * 1024)).decode()


def _model(name: str) -> Case:
    then = kept(cost_usd=None, cost_status="unpriced:unknown_model" if name.strip() else "unpriced:no_model")
    return Case("B-89", f"the model {name[:40]!r}", _usage(model=name), 202, then=then)


def _id(name: str, value: str) -> Case:
    return Case("B-93", f"{name} {value[:40]!r}", event(**{name: value}), 202, then=kept(**{
        "session_id" if name == "sessionId" else "user_id": value
    }))  # fmt: skip


CASES = [
    *(Case("B-67", f"{text} in metadata", _number(text), 400, "bad_json", nothing_stored)
      for text in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999")),
    _refused("B-67", "NaN as a text for a cost", _usage(costUSD="NaN"), "out_of_range"),
    *(_refused("B-68", f"{count} tokens", _usage(inputTokens=count), "out_of_range") for count in _BAD_COUNTS),
    _refused("B-68", "2^64 tokens", _count(str(2**64)), "out_of_range"),
    Case("B-68", "tokens of 5,000 digits", _count("9" * 5_000), 400, "bad_json", nothing_stored),
    Case("B-68", "2^53 + 1 in metadata", _number(str(2**53 + 1)), 202, then=kept(attributes={"n": str(2**53 + 1)})),
    Case("B-68", "2^64 - 1 in metadata", _number(str(2**64 - 1)), 202, then=kept(attributes={"n": str(2**64 - 1)})),
    Case("B-69", "no event id", _unnamed, 202),
    *(_refused("B-69", f"the event id {str(given)[:20]!r}", event(eventId=given), "bad_event_id")
      for given in ("", "e" * 257, "ü" * 129, 7, True, ["x"], {"a": 1}, "a\nb", "a\0b", "a\x7fb")),
    Case("B-70", "an id twice with the same content", _twice("hello"), 202,
         then=all_of(answers(count=2, duplicates=1), kept(output="hello"))),
    Case("B-70", "an id twice with other content", _twice("last"), 202,
         then=all_of(answers(count=2, duplicates=1), kept(output="last"))),
    Case("B-71", "an id of another project", _in_another_project, 202, then=kept(output="hello")),
    _refused("B-72", "another project", event(projectId="proj_other"), "project_mismatch"),
    _refused("B-72", "another project in the other spelling", event(project_id="proj_other"), "project_mismatch"),
    *(_refused("B-73", f"the type {kind!r}", event(type=kind), "unknown_type")
      for kind in ("nonsense", "LOG", "log ", "__proto__", "t" * 10_000)),
    _refused("B-73", "no type", event(type=None), "missing"),
    Case("B-74", "fields that nobody knows", event(extra={"a": [1]}, more="text", none=0), 202,
         then=kept(attributes={"extra": '{"a":[1]}', "more": "text", "none": "0"})),
    Case("B-74", "fields of a body that nobody knows", typed("log", **_LOG, colour="red"), 202,
         then=kept(attributes={"colour": "red"})),
    _refused("B-75", "tags that are a text", event(tags="a"), "wrong_type"),
    _refused("B-75", "tags that are numbers", event(tags=[1]), "wrong_type"),
    _refused("B-75", "51 tags", event(tags=["t"] * 51), "too_many"),
    _refused("B-75", "a tag of 257 bytes", event(tags=["t" * 257]), "too_many"),
    _refused("B-75", "metadata that is a list", typed("log", **_LOG, metadata=[]), "wrong_type"),
    _refused("B-75", "usage that is a text", typed("model_response", model="m", usage="12"), "wrong_type"),
    _refused("B-75", "a body that is a text", event(body="text"), "wrong_type"),
    _refused("B-75", "a context that is a list", event(context=[]), "wrong_type"),
    _refused("B-75", "a user that is a number", event(userId=7), "wrong_type"),
    _refused("B-75", "a message that is an object", typed("log", level="info", message={}), "wrong_type"),
    Case("B-76", "no time", event(), 202, then=_starts_now),
    *(_refused("B-76", f"the time {given!r}", event(timestamp=given), "bad_time") for given in (
        0, -1, 1_800_000_000, "", "yesterday", "1999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "2126-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", "2016-12-31T23:59:60Z", "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00+25:00", "0000-00-00T00:00:00Z", True)),
    Case("B-76", "a time of another zone", event(timestamp="2026-01-01T02:00:00.5+02:00"), 202,
         then=kept(start_time="2026-01-01T00:00:00.500000Z")),
    Case("B-77", "an end before the start",
         typed("span", name="n", start="2026-01-02T00:00:00Z", end="2026-01-01T00:00:00Z"), 202,
         then=_has_note("clock_problem")),
    Case("B-77", "a hundred days", typed("span", name="n", start="2026-01-01T00:00:00Z", durationMs=100 * 86_400_000),
         202, then=_has_note("clock_problem")),
    _refused("B-77", "a negative duration", typed("span", name="n", durationMs=-1), "out_of_range"),
    Case("B-78", "events of 101 days at once", _of_days, 202),
    Case("B-79", "no trace", event(), 202, then=kept(output="hello")),
    Case("B-79", "a trace id in upper case", event(traceId="0AF7651916CD43DD8448EB211C80319C"), 202,
         then=kept(trace_id="0af7651916cd43dd8448eb211c80319c")),
    Case("B-79", "a trace id that is a UUID", event(traceId="6F9619FF-8B86-D011-B42D-00CF4FC964FF"), 202,
         then=kept(trace_id="6f9619ff-8b86-d011-b42d-00cf4fc964ff")),
    *(Case("B-79", f"the trace id {given[:20]!r}", event(traceId=given), 202, then=kept(trace_id=given))
      for given in ("short", "Order-0AF7", "t" * 256, "trace with blanks / 付款")),
    *(_refused("B-79", f"the trace id {given[:9]!r} of {len(given)}", event(traceId=given), "bad_id")
      for given in ("t" * 257, "t" * 1_024, "a\0b")),
    Case("B-80", "an event that is its own parent", _family({"a": "a"}), 202),
    Case("B-80", "two events, each the other's parent", _family({"a": "b", "b": "a"}), 202),
    Case("B-80", "a circle of three with children", _family({"a": "c", "b": "a", "c": "b", "d": "c", "e": ""}), 202),
    Case("B-80", "a parent in another trace", _family({"a": "", "b": "x"}, elsewhere="x"), 202),
    Case("B-80", "10,000 levels", _chain(10_000), 202),
    Case("B-81", "a text of 2 MiB", typed("log", level="info", message="x" * (2 * MIB)), 202, then=_cut),
    Case("B-81", "a text of 2 MiB in wide letters", typed("log", level="info", message="付" * (2 * MIB // 3)), 202,
         then=_cut),
    _refused("B-82", "an event of 5 MiB", event(padding="x" * (5 * MIB)), "event_too_large"),
    Case("B-83", "an image of 3 MiB as base64",
         typed("model_response", model="m", messages=[{"role": "user", "content": [
             {"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": _image()}}]}]), 202,
         then=kept(type="model_response", notes=["truncated:input", "truncated:raw"])),
    *(Case(row, ascii(text)[:60], typed("log", level="info", message=text, metadata={text: text}), 202,
           then=kept(output=text, attributes={f"metadata.{text}": text}))
      for row, texts in _ODD_TEXTS.items() for text in texts if "\0" not in text and len(text.encode()) <= 256),
    *(Case("B-84", f"a text of {what}", typed("log", level="info", message=text), 202, then=kept(output=text))
      for what, text in (("NUL", "before\0after"), ("a thousand marks on one letter", "e" + "\u0301" * 1_000))),
    *(Case("B-88", f"{text!a} as a name", event(type="span", body={"name": text}), 202, then=kept(name=text))
      for text in _ODD_TEXTS["B-88"] + _ODD_TEXTS["B-87"]),
    *(Case("B-85", f"{text} as JSON", one(f'"word": "{text}"'), 400, "bad_json", nothing_stored)
      for text in ("\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800")),
    *map(_model, ("none-such", "../../etc/passwd", "none/such:model@7", "x" * 10_240, "'; DROP TABLE events; --")),
    *(_refused("B-90", f"a cost of {cost!r}", _usage(costUSD=cost), "out_of_range")
      for cost in (-1, -0.000001, 1e30, 1_000_000, "NaN", "Infinity", "free", "")),
    _refused("B-90", "a cost that is a list", _usage(costUSD=[]), "wrong_type"),
    Case("B-90", "a cost beside the computed one", _usage(costUSD="0.25"), 202,
         then=kept(reported_cost_usd="0.25", cost_usd=None)),
    Case("B-90", "a cost with more places than the store has", _usage(costUSD=0.00018449999999999999), 202,
         then=kept(reported_cost_usd="0.0001845")),
    # docs/api.md lets an evaluation have a value, a label, or both; a declared range comes with evaluations.
    Case("B-92", "a score with a value and a label", typed("eval_metric", metric="m", value=0.5, label="good"), 202,
         then=kept(output="good", attributes={"score.value": "0.5", "score.label": "good"})),
    _refused("B-92", "a score whose value is a text", typed("eval_metric", metric="m", value="0.5"), "wrong_type"),
    _refused("B-92", "a score whose label is a number", typed("eval_metric", metric="m", label=1), "wrong_type"),
    *(_id(name, value) for name in ("sessionId", "userId")
      for value in ("../../etc/passwd", "' OR 1=1 --", "\U0001f600", "s" * 256, "a/b?c#d%2F")),
    *(_refused("B-93", f"{name} of {len(value)} letters", event(**{name: value}), "bad_id")
      for name in ("sessionId", "userId", "parentEventId") for value in ("s" * 300, "ü" * 129)),
    *(_refused("B-94", f"{name} of {len(value.encode())} bytes", event(**{name: value}), "bad_id")
      for name in ("environment", "release") for value in ("e" * 300, "e" * 65, "ü" * 33)),
    Case("B-94", "names with blanks", event(environment="my prod", release="1.0 (beta)"), 202,
         then=kept(environment="my prod", release="1.0 (beta)")),
]  # fmt: skip
