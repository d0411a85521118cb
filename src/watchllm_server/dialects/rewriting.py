"""Changes the texts of a body and leaves everything else as it came: what formats have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import orjson
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from watchllm_server.dialects.contract import Rewriter
from watchllm_server.errors import BadRequest
from watchllm_server.model.redaction import MASK

# Ids of people and of sessions, however they are spelled: the last parts of an attribute's name.
IDENTITIES: Final = frozenset({"userid", "sessionid", "enduserid", "distinctid"})
# Fields of OTLP in JSON that hold no words.
_OTLP_KEPT: Final = frozenset(
    {"traceId", "spanId", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "traceState",
     "observedTimeUnixNano", "schemaUrl", "intValue", "doubleValue", "bytesValue", "key"}
)  # fmt: skip
_JSON_BEGINS: Final = ("{", "[")
_PROTOBUF_KEPT: Final = frozenset({"schema_url", "trace_state"})


def rewrite_value(value: Any, rewriter: Rewriter, kept: frozenset[str] = frozenset()) -> Any:
    """Return a JSON value with its texts changed, but for those under the names in `kept`, at this level alone."""
    if isinstance(value, str):
        return rewrite_text(value, rewriter)
    if isinstance(value, list):
        return [rewrite_value(item, rewriter, kept) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        members = cast(Mapping[str, Any], value)
        return {name: rewrite_member(name, item, rewriter, kept) for name, item in members.items()}
    return value


def rewrite_text(text: str, rewriter: Rewriter) -> str:
    """Return a text changed; one that is JSON itself, as messages in attributes are, member by member."""
    if text[:1] in _JSON_BEGINS:
        # Nested so deeply that nobody follows, it is a text like any other.
        try:
            given = orjson.loads(text)
            changed = rewrite_value(given, rewriter)
        except (orjson.JSONDecodeError, RecursionError):
            return rewriter.text(text)
        return text if changed == given else orjson.dumps(changed).decode()
    return rewriter.text(text)


def rewrite_member(name: str, value: Any, rewriter: Rewriter, kept: frozenset[str]) -> Any:
    """Return what stands under a name in an object, changed unless the name is in `kept`."""
    if name in kept:
        return value
    if rewriter.is_secret(name) and not (value is None or isinstance(value, bool | int | float)):
        return MASK
    if isinstance(value, str) and is_identity(name):
        return rewriter.identity(value)
    return rewrite_value(value, rewriter)


def rewrite_otlp_json(body: bytes, request: Any, rewriter: Rewriter) -> bytes:
    """Return the body of an OTLP request in JSON, which was decoded before, with its texts changed."""
    try:
        changed = _otlp_json(request, rewriter)
    except RecursionError:
        raise too_deep() from None
    return body if changed == request else orjson.dumps(changed)


def _otlp_json(value: Any, rewriter: Rewriter) -> Any:
    if isinstance(value, list):
        return [_otlp_json(item, rewriter) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return rewrite_text(value, rewriter) if isinstance(value, str) else value
    members = cast(dict[str, Any], value)
    name, attribute = members.get("key"), members.get("value")
    if isinstance(name, str) and isinstance(attribute, dict):
        given = cast(dict[str, Any], attribute)
        return {**members, "value": _otlp_attribute(name, given, rewriter)}
    return {name: item if name in _OTLP_KEPT else _otlp_json(item, rewriter) for name, item in members.items()}


def _otlp_attribute(name: str, value: dict[str, Any], rewriter: Rewriter) -> dict[str, Any]:
    if rewriter.is_secret(name) and {"stringValue", "arrayValue", "kvlistValue"}.intersection(value):
        return {"stringValue": MASK}
    text = value.get("stringValue")
    if isinstance(text, str) and is_identity(name):
        return {**value, "stringValue": rewriter.identity(text)}
    return _otlp_json(value, rewriter)


def rewrite_json(body: bytes, rewriter: Rewriter, kept: frozenset[str]) -> bytes:
    """Return a JSON body with its texts changed; what is no JSON stays as it is, and is refused later."""
    try:
        given = orjson.loads(body)
        changed = rewrite_value(given, rewriter, kept)
    except orjson.JSONDecodeError:
        return body
    except RecursionError:
        raise too_deep() from None
    return body if changed == given else orjson.dumps(changed)


def too_deep() -> BadRequest:
    """Return the error for a body that is nested more deeply than any reader follows."""
    return BadRequest("the body is nested too deeply", code="too_deep")


def rewrite_message(message: Message, rewriter: Rewriter) -> bool:
    """Change the texts of a protobuf message in place; tells whether any was changed."""
    is_changed = False
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for each in value if field.is_repeated else (value,):
                is_changed |= _rewrite_part(each, rewriter)
        elif field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated and field.name not in _PROTOBUF_KEPT:
            is_changed |= _set(message, field.name, value, rewrite_text(value, rewriter))
    return is_changed


def _rewrite_part(part: Any, rewriter: Rewriter) -> bool:
    if not isinstance(part, KeyValue):
        return rewrite_message(part, rewriter)
    kind = part.value.WhichOneof("value")
    if rewriter.is_secret(part.key) and kind in ("string_value", "array_value", "kvlist_value"):
        part.value.string_value = MASK
        return True
    if kind == "string_value" and is_identity(part.key):
        text = part.value.string_value
        return _set(part.value, "string_value", text, rewriter.identity(text))
    return rewrite_message(part.value, rewriter)


def _set(message: Any, name: str, before: str, after: str) -> bool:
    if after == before:
        return False
    setattr(message, name, after)
    return True


def is_identity(name: str) -> bool:
    """Tell whether a field or an attribute of this name is the id of a person or of a session."""
    spelled = name.lower().replace("_", "").replace("-", "").split(".")
    return spelled[-1] in IDENTITIES or "".join(spelled[-2:]) in IDENTITIES
