"""One project on a running server: sends events into it, waits until they are visible, and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from tests.access.browser import ask
from tests.access.tenants import Tenants
from tests.ingest.calls import BATCH, Answer
from tests.running import Server, wait_until

from watchllm_server.clock import SystemClock
from watchllm_server.model.times import to_rfc3339

TRACES: Final = "/api/v1/traces"
EVENTS: Final = "/api/v1/events"
MAX_BATCH: Final = 100
# Half an hour ago: inside the range that a list reads when none is given.
_BEGAN: Final = datetime.fromtimestamp(SystemClock().now_us() // 1_000_000 - 1_800, UTC)


@dataclass(frozen=True)
class Project:
    """A project of its own, with a key that may send and read."""

    server: Server
    project_id: str
    key: str

    def get(self, path: str, **query: Any) -> Answer:
        """Read an address; `from_=` is the parameter `from`, objects are sent as JSON."""
        given = {
            name.rstrip("_"): orjson.dumps(value).decode() if isinstance(value, dict) else value
            for name, value in query.items()
        }
        address = f"{path}?{urlencode(given)}" if given else path
        return ask(self.server, address, authorization=f"Bearer {self.key}")

    def read(self, path: str, **query: Any) -> Any:
        """Return the answer of a read that must succeed."""
        answer = self.get(path, **query)
        assert answer.status == 200, answer.body
        return answer.json

    def refusal(self, path: str, **query: Any) -> tuple[int, str]:
        """Return status and code of a read that must fail."""
        answer = self.get(path, **query)
        return answer.status, answer.code

    def store(self, *events: dict[str, Any]) -> None:
        """Send events and wait until the lists show every trace of theirs whole."""
        for at in range(0, len(events), MAX_BATCH):
            body = orjson.dumps(events[at : at + MAX_BATCH])
            answer = ask(self.server, BATCH, body, method="POST", authorization=f"Bearer {self.key}")
            assert answer.status == 202, answer.body
        ids = {event["traceId"]: event["eventId"] for event in events}
        counts = {trace: len({e["eventId"] for e in events if e["traceId"] == trace}) for trace in ids}
        for trace, count in counts.items():
            wait_until(lambda trace=trace, count=count: self._shows(trace, count))

    def _shows(self, trace_id: str, count: int) -> bool:
        answer = self.get("/api/v1/where-is", trace_id=trace_id)
        return answer.status == 200 and {"stage": "visible", "events": count} in answer.json["stages"]


def new_project(server: Server) -> Project:
    """Add an empty project to the server."""
    tenants = Tenants(server)
    project_id = tenants.add_project()
    return Project(server, project_id, tenants.add_key(project_id, "ingest", "read"))


def at(seconds: float) -> str:
    """Return the time so many seconds after the tests' beginning, as answers write it."""
    return to_rfc3339(int((_BEGAN + timedelta(seconds=seconds)).timestamp() * 1_000_000))


def event(event_id: str, trace_id: str, seconds: float = 0, type: str = "log", **more: Any) -> dict[str, Any]:
    """Return an event of a trace; `body` may be given for other types than `log`."""
    fields: dict[str, Any] = {"body": {"level": "info", "message": f"message of {event_id}"}, **more}
    return {"eventId": event_id, "traceId": trace_id, "type": type, "timestamp": at(seconds), **fields}


def model_call(event_id: str, trace_id: str, seconds: float, model: str, **more: Any) -> dict[str, Any]:
    """Return a model call of 100 tokens in and 10 out that took half a second."""
    body = {
        "model": model, "messages": [{"role": "user", "content": "hi"}], "response": "hello", "latencyMs": 500,
        "usage": {"inputTokens": 100, "outputTokens": 10}, "provider": "openai",
    }  # fmt: skip
    return event(event_id, trace_id, seconds, "model_response", body=body, **more)
