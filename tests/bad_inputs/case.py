"""One row of the table: a request, the answer that it must get, and what must hold after it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.dialects.requests import encode, request_of
from tests.ingest.calls import BATCH, EVENT, TRACES, Answer, is_refused, log_event, send, send_json, stored
from tests.running import Server

# Asks the server something about an event whose id no other case has.
Ask = Callable[[Server, str], Answer]
Check = Callable[[Server, str, Answer], None]
# A body, or what makes one: a large one is made when its case runs, not when the table is read.
Body = bytes | Callable[[], bytes]
JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"


@dataclass(frozen=True)
class Case:
    """`code` is that of the answer, of the first event of a 422, or of the first span of a refused export."""

    row: str
    what: str
    ask: Ask
    status: int
    code: str = ""
    then: Check | None = None


def code_of(answer: Answer) -> str:
    """Return the stable code of an error, in whichever form its route gives it."""
    if answer.headers.get("content-type") == PROTOBUF:
        return Status.FromString(answer.body).message.partition(":")[0]
    body = answer.json
    if "error" not in body:
        return body["message"].partition(":")[0]
    errors = body["error"].get("errors")
    return errors[0]["code"] if errors else body["error"]["code"]


def batch(body: Body, **headers: str | None) -> Ask:
    """Send bytes to the route of batches."""
    return lambda server, _: send(server, BATCH, body if isinstance(body, bytes) else body(), **headers)


def to(method: str, path: str, body: Body = b"", **headers: str | None) -> Ask:
    """Send a request to any address."""
    return lambda server, _: send(server, path, body if isinstance(body, bytes) else body(), method, **headers)


def get(path: str, **headers: str | None) -> Ask:
    """Read an address."""
    return to("GET", path, b"", **headers)


def event(**more: Any) -> Ask:
    """Send a batch of one event; `more` changes or adds what its envelope has, and None leaves it out."""

    def ask(server: Server, event_id: str) -> Answer:
        given = {key: value for key, value in log_event(event_id, **more).items() if value is not None}
        return send_json(server, BATCH, [given])

    return ask


def typed(kind: str, **body: Any) -> Ask:
    """Send a batch of one event of a type with this body."""
    return event(type=kind, body=body)


def json_of(text: Callable[[str], str], path: str = BATCH) -> Ask:
    """Send JSON that no encoder writes, made of the event's id."""
    return lambda server, event_id: send(server, path, text(event_id).encode())


def one(text: str) -> Ask:
    """Send an event of a type `log` with these fields written after its own, as they stand."""
    log = '"type": "log", "body": {"level": "info", "message": "m"}'
    return json_of(lambda event_id: f'{{"eventId": "{event_id}", {log}, {text}}}', EVENT)


def span(event_id: str, **more: Any) -> dict[str, Any]:
    """Return a span of now with ids made of this one; `span_event_id` is its event."""
    now_ns = time.time_ns()
    given = {"trace_id": event_id, "span_id": event_id[:16], "start_ns": now_ns, "end_ns": now_ns + 10**6}
    return given | more


def span_event_id(event_id: str) -> str:
    """Return the id of the event that `span` becomes."""
    return event_id + event_id[:16]


def export(*spans: dict[str, Any], media_type: str = PROTOBUF) -> Ask:
    """Send spans, one of which has nothing but what these say of it."""

    def ask(server: Server, event_id: str) -> Answer:
        request = request_of(*(span(event_id, **more) for more in spans))
        body = request.SerializeToString() if media_type == PROTOBUF else encode(request)
        return send(server, TRACES, body, content_type=media_type)

    return ask


def export_json(make: Callable[[str], Any]) -> Ask:
    """Send OTLP JSON that is made of the event's id."""

    def ask(server: Server, event_id: str) -> Answer:
        made = make(event_id)
        return send(server, TRACES, made if isinstance(made, bytes) else orjson.dumps(made))

    return ask


def traces(body: Body, media_type: str = PROTOBUF, **headers: str | None) -> Ask:
    """Send bytes to the route of OTLP traces."""
    return to("POST", TRACES, body, content_type=media_type, **headers)


def in_turn(*asks: Ask) -> Ask:
    """Ask one after the other; the last answer counts."""

    def ask(server: Server, event_id: str) -> Answer:
        answers = [one(server, event_id) for one in asks]
        return answers[-1]

    return ask


def all_of(*checks: Check) -> Check:
    """Check one after the other."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        for one in checks:
            one(server, event_id, answer)

    return check


def kept(**expected: Any) -> Check:
    """The event is stored, and these of its fields are as given; `attributes` may have more than those."""
    return _kept(lambda event_id: event_id, expected)


def span_kept(**expected: Any) -> Check:
    """The span is stored, and these of its fields are as given."""
    return _kept(span_event_id, expected)


def _kept(id_of: Callable[[str], str], expected: dict[str, Any]) -> Check:
    def check(server: Server, event_id: str, answer: Answer) -> None:
        found = stored(server, id_of(event_id))
        shown = {name: found[name] for name in expected}
        if "attributes" in expected:
            shown["attributes"] = {key: found["attributes"].get(key) for key in expected["attributes"]}
        assert shown == expected, shown

    return check


def nothing_stored(server: Server, event_id: str, answer: Answer) -> None:
    """No stage of the server has accepted the event."""
    assert is_refused(server, event_id)


def in_request_encoding(media_type: str) -> Check:
    """The answer is in the encoding of the request."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        assert answer.headers["content-type"] == media_type

    return check


def with_header(name: str, value: str) -> Check:
    """The answer carries this header."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        assert answer.headers[name] == value

    return check


def says_when_to_retry(server: Server, event_id: str, answer: Answer) -> None:
    """The answer says in whole seconds when to come back."""
    assert int(answer.headers["retry-after"]) >= 1


def partial(count: int, code: str) -> Check:
    """So many spans were refused; the message names the first with its reason, and the ledger its code."""

    def check(server: Server, event_id: str, answer: Answer) -> None:
        if answer.headers["content-type"] == JSON:
            told = answer.json["partialSuccess"]
            # A count of 64 bits is a text in OTLP JSON.
            assert told["rejectedSpans"] == str(count)
            message = told["errorMessage"]
        else:
            found = ExportTraceServiceResponse.FromString(answer.body).partial_success
            assert found.rejected_spans == count
            message = found.error_message
        assert message.startswith(f"{count} spans refused; the first, span 1: ")
        assert server.get("/api/v1/ledger")["totals"]["rejected"].get(code, 0) >= count

    return check
