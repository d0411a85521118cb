"""Scores as the SDKs of Langfuse post them: a JSON object or a list of them, each one an `eval_metric`."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.contract import Accepted, Limits, Named, Part, Rewriter
from watchllm_server.dialects.native import normal_trace_id
from watchllm_server.dialects.native_fields import Fields, Refused, flatten
from watchllm_server.dialects.rewriting import rewrite_json
from watchllm_server.dialects.truncation import cut_texts
from watchllm_server.errors import BadRequest, TooLarge
from watchllm_server.model.event import Event, Rejection, UnreadableEvent, preview

# The SDK of the day sends at most 100 at a time; an older or another client may take more.
MAX_SCORES: Final = 1_000
# What says of which trace and event a score is, and of what kind.
_KEPT: Final = frozenset(
    {"id", "traceId", "observationId", "sessionId", "datasetRunId", "configId", "queueId", "dataType", "timestamp"}
)
_HEX: Final = frozenset(string.hexdigits)
_ENVIRONMENT_BYTES: Final = 64


class LangfuseScores:
    """Implements `contract.Format`. Good scores are accepted beside bad ones, as the SDKs expect."""

    name = "langfuse.scores.json"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        items = _decode(body)
        if len(items) > MAX_SCORES:
            raise TooLarge(f"a request may have {MAX_SCORES} scores", code="too_many_events")
        accepted = Accepted(project_id=project_id, event_ids=(), accepted_at_us=now_us, sequence=0)
        event_ids: list[str] = []
        rejected: list[Rejection] = []
        for index, item in enumerate(items):
            try:
                event_ids.append(_score(item, accepted).event_id or new_id())
            except Refused as refusal:
                rejected.append(Rejection(index, "", refusal.code, refusal.message, refusal.path))
        return Named(event_ids=event_ids, rejected=rejected, duplicates=len(event_ids) - len(set(event_ids)))

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        return rewrite_json(body, rewriter, _KEPT)

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        events = (event for _, event in _accepted(body, accepted))
        mapped: list[Event | UnreadableEvent] = []
        for event_id, event in zip(accepted.event_ids, events, strict=False):
            event.event_id = event_id
            mapped.append(cut_texts(event, limits))
        return mapped

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        items = [item for item, _ in _accepted(body, accepted)]
        parts = [orjson.dumps(items[index]) for index in indexes]
        return [Part(part, part.decode()) for part in parts]


def _accepted(body: bytes, accepted: Accepted) -> Iterator[tuple[Any, Event]]:
    """Yield the scores that were accepted: those that are refused today were refused then."""
    for item in _decode(body):
        try:
            yield item, _score(item, accepted)
        except Refused:
            continue


def _decode(body: bytes) -> list[Any]:
    try:
        decoded: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg}", code="bad_json", details={"offset": error.pos}) from None
    if isinstance(decoded, list) and decoded:
        return cast(list[Any], decoded)
    if isinstance(decoded, dict) and decoded:
        return [decoded]
    raise BadRequest("the body must be a score or a list of scores", code="not_a_batch")


def _score(item: Any, accepted: Accepted) -> Event:
    """Read one score; its event id is "" when it has none. Raises Refused."""
    if not isinstance(item, dict):
        raise Refused("not_an_object", "", "a score must be an object")
    given = cast(dict[str, Any], item)
    fields = Fields(given, "")
    event_id = fields.short("id", code="bad_event_id")
    trace_id = normal_trace_id(fields.short("traceId"))
    timestamp_us = fields.time_us("timestamp", accepted_at_us=accepted.accepted_at_us)
    event = Event(
        project_id=accepted.project_id,
        event_id=event_id,
        trace_id=trace_id,
        parent_event_id=_parent(trace_id, fields.short("observationId")),
        type="eval_metric",
        version=accepted.sequence,
        accepted_at_us=accepted.accepted_at_us,
        start_us=accepted.accepted_at_us if timestamp_us is None else timestamp_us,
        name=fields.text("name", required=True),
        session_id=fields.short("sessionId"),
        environment=fields.short("environment", limit=_ENVIRONMENT_BYTES),
        dialect="langfuse_scores",
        raw=_raw(given),
    )
    _read_value(fields, event)
    comment = fields.text("comment")
    if comment:
        event.attributes["comment"] = comment
    metadata = fields.take("metadata")
    event.attributes |= flatten("metadata.", cast(dict[str, Any], metadata) if isinstance(metadata, dict) else {})
    event.attributes |= flatten(
        "", fields.rest if isinstance(metadata, dict) else {**fields.rest, "metadata": metadata}
    )
    return event


def _raw(given: dict[str, Any]) -> str:
    try:
        return orjson.dumps(given).decode()
    except TypeError:
        # The encoder takes 254 levels, the decoder more.
        raise Refused("too_deep", "", "a score is nested too deeply") from None


def _parent(trace_id: str, observation_id: str) -> str:
    """Return the event id of the scored observation: that of its span, where the ids are those of OpenTelemetry."""
    if len(trace_id) == 32 and len(observation_id) == 16 and _HEX.issuperset(trace_id + observation_id):
        return trace_id + observation_id.lower()
    return observation_id


def _read_value(fields: Fields, event: Event) -> None:
    given = fields.rest.get("value")
    if isinstance(given, bool):
        fields.rest["value"] = int(given)
    if isinstance(given, str):
        label = fields.text("value")
        event.attributes["score.label"] = label
        shown: str | float | None = label
    else:
        shown = fields.number("value")
        if shown is None:
            raise Refused("missing", "value", "value is required")
        event.attributes["score.value"] = repr(shown)
    event.output, event.output_preview = orjson.dumps(shown).decode(), preview(str(shown))
