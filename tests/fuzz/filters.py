"""The filter language as a target: what is read compiles, binds and never lets a text of the sender become SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast, get_args

import orjson
from clickhouse_connect.driver.binding import bind_query  # pyright: ignore[reportUnknownVariableType]

from tests.fuzz.refusals import refused_or
from watchllm_server.model.filter import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_IN_VALUES,
    And,
    Condition,
    Node,
    Not,
    Or,
    Subject,
)
from watchllm_server.model.filter_reading import ATTRIBUTE_PREFIX, read_filter
from watchllm_server.stores.events.filters import Fragment, compile_filter, needles_of

SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)
_PARAMETER: Final = re.compile(r"\{(f\d+):[A-Za-z0-9(), ]+\}")
# Conditions over any event of a trace ask another table, of the same project; the query around them names it.
_PROJECT: Final = "{project:String}"


def run_filter(data: bytes) -> None:
    """Read, compile and bind a filter for every subject."""
    sent = list(_texts(data))
    for subject in SUBJECTS:
        node = refused_or(lambda subject=subject: read_filter(data, subject), sent)
        if node is not None:
            fragment = compile_filter(node, subject)
            _check_size(node)
            _check_parameters(fragment)
            # The text of the SQL is that of a filter of the same shape with harmless values.
            assert compile_filter(_harmless(node), subject).sql == fragment.sql


def _texts(data: bytes) -> Iterator[str]:
    """Yield the long texts in the input."""
    try:
        waiting: list[Any] = [orjson.loads(data)]
    except orjson.JSONDecodeError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*cast(dict[str, Any], value), *cast(dict[str, Any], value).values()]
        elif isinstance(value, list):
            waiting += cast(list[Any], value)


def _check_size(node: Node) -> None:
    conditions = list(_conditions(node, 0))
    assert len(conditions) <= MAX_CONDITIONS
    for condition in conditions:
        value = cast(object, condition.value)
        assert not isinstance(value, tuple) or len(cast(tuple[Any, ...], value)) <= MAX_IN_VALUES


def _conditions(node: Node, depth: int) -> Iterator[Condition]:
    assert depth <= MAX_DEPTH
    match node:
        case Condition():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from _conditions(part, depth + 1)
        case Not(part):
            yield from _conditions(part, depth + 1)


def _check_parameters(fragment: Fragment) -> None:
    named = _PARAMETER.findall(fragment.sql)
    assert set(named) == set(fragment.parameters)
    assert "{" not in _PARAMETER.sub("", fragment.sql.replace(_PROJECT, ""))
    # As the driver sends them.
    bind_query(f"SELECT 1 WHERE {fragment.sql}", {**fragment.parameters, "project": "p"})


def _harmless(node: Node) -> Node:
    """Return the filter with every text of the sender replaced."""
    match node:
        case Condition(field, op, value):
            is_attribute = field.startswith(ATTRIBUTE_PREFIX)
            return Condition(f"{ATTRIBUTE_PREFIX}x" if is_attribute else field, op, _harmless_value(value))
        case And(parts):
            return And(tuple(_harmless(part) for part in parts))
        case Or(parts):
            return Or(tuple(_harmless(part) for part in parts))
        case Not(part):
            return Not(_harmless(part))


def _harmless_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_harmless_value(one) for one in cast(tuple[Any, ...], value))
    if isinstance(value, str):
        # A text search asks for each of the spellings that JSON has of a text.
        return "x" if len(needles_of(value)) == 1 else "ä"
    # Of the same kind: the type of a parameter is part of the SQL.
    return value if isinstance(value, bool) else type(value)(1)
