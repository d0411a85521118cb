"""Sends exact requests to a running server and reads the whole answer, headers among it."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from tests.running import Server, wait_until

EVENT = "/api/v1/events"
BATCH = "/api/v1/events/batch"
TRACES = "/v1/traces"


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case, and the bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a native error."""
        return self.json["error"]["code"]


def send(server: Server, path: str, body: bytes = b"", method: str = "POST", /, **headers: str | None) -> Answer:
    """Send a request with the project's key; a header `content_type=` is `Content-Type`, None leaves one out."""
    given: dict[str, str | None] = {"authorization": f"Bearer {server.api_key}", "content_type": "application/json"}
    sent = {name.replace("_", "-"): value for name, value in (given | headers).items() if value is not None}
    parts = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, names, answer.read())
    finally:
        connection.close()


def send_json(server: Server, path: str, value: object, **headers: str | None) -> Answer:
    """Send a value as JSON."""
    return send(server, path, orjson.dumps(value), **headers)


def new_id() -> str:
    """Return an id that no other test has used."""
    return uuid.uuid4().hex


def log_event(event_id: str, **more: Any) -> dict[str, Any]:
    """Return a valid event."""
    return {"eventId": event_id, "type": "log", "body": {"level": "info", "message": "hello"}, **more}


def stored(server: Server, event_id: str) -> Any:
    """Return the event as the read API shows it, once it is stored."""

    def find() -> Any:
        status, answer = server.request("GET", f"/api/v1/events/{event_id}")
        assert status in (200, 404), answer
        return answer if status == 200 else None

    return wait_until(find)


def is_refused(server: Server, event_id: str) -> bool:
    """Tell whether no stage of the server has accepted the event: nobody knows it, or only that it was rejected."""
    status, answer = server.request("GET", f"/api/v1/where-is?event_id={event_id}")
    return status == 404 or answer["current"] == "rejected"


def rejections(server: Server) -> dict[str, int]:
    """Return how many events the ledger counts as rejected, by code."""
    return dict(server.get("/api/v1/ledger")["totals"]["rejected"])
