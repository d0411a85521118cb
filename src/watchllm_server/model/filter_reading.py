"""Reads a filter from its JSON into the typed tree; it never lets an unchecked field, operator or value through."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Never, cast, get_args

import msgspec

from watchllm_server.errors import BadRequest
from watchllm_server.model.filter import (
    EVENT_FIELDS,
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_IN_VALUES,
    MAX_TEXT_BYTES,
    OPERATORS,
    TRACE_FIELDS,
    And,
    Condition,
    FieldKind,
    Node,
    Not,
    Operator,
    Or,
    Subject,
)
from watchllm_server.model.times import from_rfc3339

ATTRIBUTE_PREFIX: Final = "attributes."
# As at ingest: no attribute has a longer key, so a longer one could only match nothing.
MAX_ATTRIBUTE_KEY_BYTES: Final = 256
# A filter travels in a URL, and few proxies pass a longer one; 1,000 ids of 36 bytes fit.
MAX_FILTER_BYTES: Final = 64 * 1024
# Exact in JSON, in Python and in the store, also after milliseconds have become microseconds.
MAX_NUMBER: Final = 2**53
# An answer never repeats more of a value than this.
SHOWN_CHARS: Final = 64

_FIELDS: Final[dict[Subject, dict[str, FieldKind]]] = {"traces": TRACE_FIELDS, "events": EVENT_FIELDS}
_OPERATORS: Final = frozenset(get_args(Operator))
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
# The store keeps twelve decimals: more would be cut there and change what the comparison means. Decimal itself
# also reads NaN, underscores and digits of other scripts.
_AMOUNT: Final = re.compile(r"[+-]?\d{1,16}(?:\.\d{1,12}0*)?", re.ASCII)


def read_filter(source: object, subject: Subject) -> Node:
    """Read a filter from JSON text (or from JSON already decoded) into a checked tree.

    Raises BadRequest with code `bad_filter` or `too_complex`; `path` in its details names the place.
    """
    value = _decoded(source) if isinstance(source, str | bytes) else source
    return _Reading(subject).node(value, path="", depth=0)


def read_time_us(text: str) -> int:
    """Read an RFC 3339 time with a zone into microseconds since 1970; finer digits are cut.

    Raises ValueError for anything else.
    """
    # The standard library reads other forms of ISO 8601 too, such as dates alone and weeks.
    if _RFC3339.fullmatch(text) is None:
        raise ValueError("not an RFC 3339 time with a zone, such as 2026-01-31T12:00:00Z")
    return from_rfc3339(text.upper())


class _Reading:
    """One filter being read: counts the conditions of the whole tree."""

    def __init__(self, subject: Subject) -> None:
        self._subject: Subject = subject
        self._fields = _FIELDS[subject]
        self._conditions = 0

    def node(self, value: object, *, path: str, depth: int) -> Node:
        if not isinstance(value, dict):
            _refuse("a filter is an object: a condition, or one of and, or, not", path)
        given = cast(dict[str, Any], value)
        if "field" in given:
            return self._condition(given, path)
        if len(given) != 1 or next(iter(given)) not in ("and", "or", "not"):
            _refuse("expected field, op and value, or exactly one of and, or, not", path)
        if depth >= MAX_DEPTH:
            raise BadRequest(
                f"the filter is nested deeper than {MAX_DEPTH} levels", code="too_complex", details={"path": path}
            )
        ((word, inner),) = given.items()
        here = f"{path}.{word}" if path else word
        if word == "not":
            return Not(self.node(inner, path=here, depth=depth + 1))
        parts = self._parts(inner, path=here, depth=depth)
        if word == "or":
            if not parts:
                _refuse("or needs at least one part: without any it matches nothing", here)
            return Or(parts)
        return And(parts)

    def _parts(self, value: object, *, path: str, depth: int) -> tuple[Node, ...]:
        if not isinstance(value, list):
            _refuse("and, or take a list", path)
        listed = cast(list[object], value)
        if len(listed) > MAX_CONDITIONS:
            self._refuse_count(path)
        return tuple(self.node(part, path=f"{path}[{at}]", depth=depth + 1) for at, part in enumerate(listed))

    def _refuse_count(self, path: str) -> Never:
        raise BadRequest(
            f"the filter has more than {MAX_CONDITIONS} conditions", code="too_complex", details={"path": path}
        )

    def _condition(self, given: dict[str, Any], path: str) -> Condition:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            self._refuse_count(path)
        unknown = sorted(set(given) - {"field", "op", "value"})
        if unknown:
            _refuse(f"a condition has field, op and value, not {_shown(unknown[0])}", path)
        field, op = given["field"], given.get("op")
        kind = self._kind(field, _at(path, "field"))
        if not isinstance(op, str) or op not in _OPERATORS:
            _refuse(f"unknown operator {_shown(op)}; known are {', '.join(sorted(_OPERATORS))}", _at(path, "op"))
        if op not in OPERATORS[kind]:
            allowed = ", ".join(sorted(OPERATORS[kind]))
            _refuse(f"{_shown(field)} does not take {op}; it takes {allowed}", _at(path, "op"))
        if op != "exists" and "value" not in given:
            _refuse(f"{op} needs a value", path)
        value = _read_value(given.get("value", True), kind, op, _at(path, "value"))
        return Condition(field=field, op=cast(Operator, op), value=value)

    def _kind(self, field: object, path: str) -> FieldKind:
        if not isinstance(field, str):
            _refuse("field must be a string", path)
        kind = self._fields.get(field)
        if kind is not None:
            return kind
        if not field.startswith(ATTRIBUTE_PREFIX):
            _refuse(f"{self._subject} have no field {_shown(field)}; known are {', '.join(sorted(self._fields))}", path)
        if self._subject != "events":
            _refuse("attributes can be filtered in lists of events only", path)
        key = field.removeprefix(ATTRIBUTE_PREFIX)
        if not 1 <= _size(key, path) <= MAX_ATTRIBUTE_KEY_BYTES:
            _refuse(f"an attribute key has 1 to {MAX_ATTRIBUTE_KEY_BYTES} bytes", path)
        return "attribute"


def _decoded(text: str | bytes) -> object:
    if len(text) > MAX_FILTER_BYTES:
        raise BadRequest(f"the filter is longer than {MAX_FILTER_BYTES} bytes", code="too_complex")
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise BadRequest(f"the filter is nested deeper than {MAX_DEPTH} levels", code="too_complex") from None
    except (msgspec.DecodeError, UnicodeError):
        raise BadRequest("the filter is not valid JSON", code="bad_filter") from None


def _read_value(value: object, kind: FieldKind, op: str, path: str) -> Any:
    if op == "exists":
        if not isinstance(value, bool):
            _refuse("exists takes true or false", path)
        return value
    read = _READERS[kind]
    if op != "in":
        return read(value, path)
    if not isinstance(value, list):
        _refuse("in takes a list", path)
    listed = cast(list[object], value)
    if not listed:
        _refuse("in needs at least one value", path)
    if len(listed) > MAX_IN_VALUES:
        raise BadRequest(f"in takes at most {MAX_IN_VALUES} values", code="too_complex", details={"path": path})
    return tuple(read(one, f"{path}[{at}]") for at, one in enumerate(listed))


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        _refuse("the value must be a string", path)
    if _size(value, path) > MAX_TEXT_BYTES:
        _refuse(f"a text has at most {MAX_TEXT_BYTES} bytes", path)
    return value


def _number(value: object, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse("the value must be a number", path)
    # Written so that NaN is refused too.
    if not abs(value) <= MAX_NUMBER:
        _refuse(f"the number must be finite and at most {MAX_NUMBER}", path)
    return value


def _money(value: object, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        _refuse("an amount must be a decimal string or a number", path)
    if not isinstance(value, str):
        # What a client computed in binary (0.30000000000000004) means the decimal that it stands for.
        value = f"{_number(value, path):.12f}"
    if not _AMOUNT.fullmatch(value):
        _refuse("an amount is a decimal with at most twelve decimals, such as 0.05, below 10^16", path)
    return Decimal(value)


def _time(value: object, path: str) -> int:
    if not isinstance(value, str):
        _refuse("a time must be an RFC 3339 string", path)
    try:
        return read_time_us(value)
    except ValueError:
        _refuse("a time must be RFC 3339 with a zone, such as 2026-01-31T12:00:00Z", path)


_READERS: Final[dict[FieldKind, Callable[[object, str], Any]]] = {
    "text": _text,
    "list": _text,
    "attribute": _text,
    "search": _text,
    "number": _number,
    "money": _money,
    "time": _time,
}


def _size(text: str, path: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        _refuse("the text is not valid Unicode", path)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"


def _refuse(message: str, path: str) -> Never:
    raise BadRequest(message, code="bad_filter", details={"path": path} if path else {})
