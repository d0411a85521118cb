"""The native format: one envelope or a JSON array of them, as our SDKs and curl send them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import orjson

from watchllm_server.dialects.contract import Accepted, Limits, Named, Part, Rewriter
from watchllm_server.dialects.native_bodies import read_body
from watchllm_server.dialects.native_envelopes import refuse_repeated_identity
from watchllm_server.dialects.native_fields import Fields, Refused, flatten
from watchllm_server.dialects.rewriting import rewrite_member, rewrite_value, too_deep
from watchllm_server.dialects.truncation import cut_texts
from watchllm_server.errors import BadRequest, TooLarge
from watchllm_server.model.event import EVENT_TYPES, Event, EventType, Rejection, UnreadableEvent

# What of an envelope, its context and the first level of its body says which event it is, and when and what.
_KEPT: Final = frozenset(
    {"eventId", "event_id", "projectId", "project_id", "type", "timestamp", "traceId", "trace_id", "parentEventId",
     "parent_event_id", "spanId", "span_id", "parentSpanId", "parent_span_id", "start", "end", "model", "provider",
     "role", "level", "status"}
)  # fmt: skip
# Environments and releases are picked from lists: a long one is a mistake.
MAX_LABEL_BYTES: Final = 64


class NativeJson:
    """Implements `contract.Format`."""

    name = "native.json"

    def read_names(
        self, body: bytes, *, project_id: str, now_us: int, limits: Limits, new_id: Callable[[], str]
    ) -> Named:
        items = _decode(body)
        if len(items) > limits.max_events:
            raise TooLarge(f"a batch may have {limits.max_events} events", code="too_many_events")
        refuse_repeated_identity(body, items)
        event_ids: list[str] = []
        rejected: list[Rejection] = []
        for index, item in enumerate(items):
            event_id = ""
            try:
                event_id = _event_id(item) or new_id()
                _check_size(item, limits)
                _event(item, event_id, project_id=project_id, accepted_at_us=now_us, sequence=0, limits=limits)
            except Refused as refusal:
                rejected.append(Rejection(index, event_id, refusal.code, refusal.message, refusal.path))
            else:
                event_ids.append(event_id)
        return Named(event_ids=event_ids, rejected=rejected, duplicates=len(event_ids) - len(set(event_ids)))

    def rewrite(self, body: bytes, rewriter: Rewriter) -> bytes:
        # An envelope that says twice what it is of must be refused, and not lose one of the two here.
        try:
            items = _decode(body)
            refuse_repeated_identity(body, items)
            changed = [_rewritten(item, rewriter) for item in items]
        except RecursionError:
            raise too_deep() from None
        if changed == items:
            return body
        return orjson.dumps(changed if body.lstrip()[:1] == b"[" else changed[0])

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        items = _decode(body)
        return [
            _read(item, event_id, accepted, limits) for item, event_id in zip(items, accepted.event_ids, strict=False)
        ]

    def extract(self, body: bytes, *, accepted: Accepted, indexes: Sequence[int]) -> list[Part]:
        items = _decode(body)
        if len(items) != len(accepted.event_ids):
            raise LookupError(f"{len(items)} events where {len(accepted.event_ids)} were accepted")
        parts = [orjson.dumps(items[index]) for index in indexes]
        return [Part(part, part.decode()) for part in parts]


def _rewritten(item: Any, rewriter: Rewriter) -> Any:
    """Return an envelope with its texts changed, but for those that say which event it is."""
    if not isinstance(item, dict):
        return item
    return {
        name: rewrite_value(value, rewriter, _KEPT)
        if name in ("body", "context")
        else rewrite_member(name, value, rewriter, _KEPT)
        for name, value in cast(dict[str, Any], item).items()
    }


def _read(item: Any, event_id: str, accepted: Accepted, limits: Limits) -> Event | UnreadableEvent:
    try:
        return _event(
            item,
            event_id,
            project_id=accepted.project_id,
            accepted_at_us=accepted.accepted_at_us,
            sequence=accepted.sequence,
            limits=limits,
        )
    except Refused as refusal:
        return UnreadableEvent(
            project_id=accepted.project_id,
            event_id=event_id,
            version=accepted.sequence,
            accepted_at_us=accepted.accepted_at_us,
            code=refusal.code,
            message=refusal.message,
            content=orjson.dumps(item).decode(),
        )


def _decode(body: bytes) -> list[Any]:
    if not body.strip():
        raise BadRequest("the body is empty; it must be an event or a list of events", code="not_a_batch")
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error.msg}", code="bad_json", details={"offset": error.pos}) from None
    if isinstance(decoded, list):
        return cast(list[Any], decoded)
    if isinstance(decoded, dict) and decoded:
        return [decoded]
    raise BadRequest("the body must be an event or a list of events", code="not_a_batch")


def _event_id(item: Any) -> str:
    if not isinstance(item, dict):
        raise Refused("not_an_object", "", "an event must be an object")
    given = cast(dict[str, Any], item)
    if given.get("eventId") is None and given.get("event_id") is None:
        return ""
    fields = Fields(given, "")
    try:
        found = fields.short("eventId", "event_id", code="bad_event_id")
    except Refused as refusal:
        raise Refused("bad_event_id", refusal.path, refusal.message) from None
    if not found:
        raise Refused("bad_event_id", "eventId", "eventId must not be empty")
    return found


def _check_size(item: dict[str, Any], limits: Limits) -> None:
    _check_shape(item, limits, 1)
    if len(orjson.dumps(item)) > limits.max_event_bytes:
        raise Refused("event_too_large", "", f"an event may have {limits.max_event_bytes} bytes")


def _check_shape(value: Any, limits: Limits, depth: int) -> None:
    """Refuse what is too deep, and keys that no store can hold; bounded by the decoder's own depth."""
    if depth > limits.max_depth:
        raise Refused("too_deep", "", f"an event may be nested {limits.max_depth} levels deep")
    if isinstance(value, dict):
        for key, inner in cast(dict[str, Any], value).items():
            if "\0" in key or len(key.encode()) > limits.max_key_bytes:
                raise Refused("bad_key", "", f"a key may have {limits.max_key_bytes} bytes and no NUL")
            _check_shape(inner, limits, depth + 1)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            _check_shape(inner, limits, depth + 1)


def _event(
    item: dict[str, Any], event_id: str, *, project_id: str, accepted_at_us: int, sequence: int, limits: Limits
) -> Event:
    envelope = Fields(item, "")
    envelope.take("eventId", "event_id")
    given_project = envelope.short("projectId", "project_id")
    if given_project and given_project != project_id:
        raise Refused("project_mismatch", "projectId", "projectId is not the project of the API key")
    kind = envelope.text("type", required=True)
    if kind not in EVENT_TYPES:
        raise Refused("unknown_type", "type", f"type must be one of {', '.join(sorted(EVENT_TYPES))}")
    start_us = envelope.time_us("timestamp", accepted_at_us=accepted_at_us)
    event = Event(
        project_id=project_id,
        event_id=event_id,
        trace_id="",
        type=cast(EventType, kind),
        version=sequence,
        accepted_at_us=accepted_at_us,
        start_us=accepted_at_us if start_us is None else start_us,
        dialect="native",
        raw=orjson.dumps(item).decode(),
    )
    body = envelope.object("body")
    context = Fields(envelope.object("context"), "context")
    _read_context(envelope, context, event, limits)
    read_body(event.type, Fields(body, "body"), event)
    event.attributes |= flatten("", envelope.rest) | flatten("context.", context.rest)
    return cut_texts(event, limits)


def _read_context(envelope: Fields, context: Fields, event: Event, limits: Limits) -> None:
    """Read what may stand in the envelope or, failing that, in its `context`."""

    def short(*names: str, limit: int = 256) -> str:
        return envelope.short(*names, limit=limit) or context.short(*names, limit=limit)

    event.trace_id = normal_trace_id(short("traceId", "trace_id"))
    event.parent_event_id = short("parentEventId", "parent_event_id")
    event.session_id = short("sessionId", "session_id")
    event.user_id = short("userId", "user_id")
    event.environment = short("environment", limit=MAX_LABEL_BYTES)
    event.release = short("release", limit=MAX_LABEL_BYTES)
    event.tags = envelope.texts("tags", most=limits.max_tags) or context.texts("tags", most=limits.max_tags)
    sdk = Fields(envelope.object("sdk"), "sdk")
    event.sdk_name, event.sdk_version = sdk.short("name"), sdk.short("version")


def normal_trace_id(trace_id: str) -> str:
    """Return hex ids and UUIDs in lower case, so that two emitters of one trace meet; others as they are."""
    lowered = trace_id.lower()
    return lowered if lowered and all(char in "0123456789abcdef-" for char in lowered) else trace_id
