"""Compiles a filter tree to a SQL condition with bound parameters; no string of a user ever becomes SQL.

SQL comes from the dictionaries below alone; a value, an attribute's key among them, travels as a parameter.
Every condition is true or false, never NULL, so that `not` means what a reader expects: an unpriced event is
not above a cost, and so passes `not (cost_usd > 1)`.

What a table does not have is asked of the table that does: of a trace, whether any of its events is so; of an
event's figures, whether the version of the event that they are of is so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
import orjson

from watchllm_server.model.filter import (
    EVENT_FIELDS,
    TRACE_FIELDS,
    And,
    Condition,
    FieldKind,
    Node,
    Not,
    Or,
)

ATTRIBUTE_PREFIX: Final = "attributes."
# 1970 and 2200: beyond every stored time, inside what DateTime64(6) can hold.
_TIME_MIN_US: Final = 0
_TIME_MAX_US: Final = 7_258_118_400 * 1_000_000


class Fragment(msgspec.Struct, frozen=True):
    """A SQL condition and the parameters that it names."""

    sql: str
    parameters: dict[str, Any]


# Durations are compared in microseconds, as the store keeps them.
_TRACES: Final[dict[str, str]] = {
    **{name: name for name in ("trace_id", "name", "status", "session_id", "user_id", "environment", "release")},
    **{name: name for name in ("tags", "models", "start_time", "end_time", "event_count", "error_count")},
    **{name: name for name in ("model_call_count", "input_preview", "output_preview")},
    "model": "models",
    "duration_ms": "(toUnixTimestamp64Micro(end_time) - toUnixTimestamp64Micro(start_time))",
    "total_tokens": "(input_tokens + output_tokens)",
    "total_cost_usd": "cost_usd",
}
_EVENTS: Final[dict[str, str]] = {
    **{name: name for name in ("event_id", "trace_id", "parent_event_id", "type", "name", "status_message")},
    **{name: name for name in ("session_id", "user_id", "environment", "release", "tags", "model", "provider")},
    **{name: name for name in ("agent_name", "tool_name", "prompt_name", "prompt_version", "step_index")},
    **{name: name for name in ("start_time", "input_tokens", "output_tokens", "cost_usd")},
    # Silence reads as ok.
    "status": "if(status = '', 'ok', toString(status))",
    "duration_ms": "(toUnixTimestamp64Micro(end_time) - toUnixTimestamp64Micro(start_time))",
    "total_tokens": "(input_tokens + output_tokens)",
    "text": "",
}
_FIGURES: Final[dict[str, str]] = {
    **{name: name for name in ("event_id", "trace_id", "type", "name", "status", "session_id", "user_id")},
    **{name: name for name in ("environment", "release", "tags", "model", "provider", "agent_name", "tool_name")},
    **{name: name for name in ("prompt_name", "prompt_version", "start_time", "input_tokens", "output_tokens")},
    "cost_usd": "cost_usd",
    "duration_ms": "duration_us",
    "total_tokens": "(input_tokens + output_tokens)",
}
Table = Literal["traces", "events", "event_figures"]
_EXPRESSIONS: Final[dict[Table, dict[str, str]]] = {"traces": _TRACES, "events": _EVENTS, "event_figures": _FIGURES}
_KINDS: Final[dict[Table, dict[str, FieldKind]]] = {
    "traces": TRACE_FIELDS,
    "events": EVENT_FIELDS,
    "event_figures": EVENT_FIELDS,
}
_EVENT_NULLABLE: Final = frozenset({"cost_usd", "step_index", "duration_ms"})
_NULLABLE: Final[dict[Table, frozenset[str]]] = {
    "traces": frozenset({"total_cost_usd"}),
    "events": _EVENT_NULLABLE,
    "event_figures": _EVENT_NULLABLE,
}
# FINAL: of an event that was sent twice, what its first version was like finds nothing.
_ANY_EVENT: Final = """(trace_id IN (
    SELECT trace_id FROM event_figures FINAL
    PREWHERE project_id = {{project:String}} AND {keys}
    WHERE is_deleted = 0 AND {condition}))"""
# The key of events begins with the trace: texts of others than these are not read.
_ITS_EVENT: Final = """((trace_id, event_id, event_version) IN (
    SELECT trace_id, event_id, version FROM events
    PREWHERE project_id = {{project:String}}
        AND trace_id IN (SELECT trace_id FROM traces WHERE project_id = {{project:String}} AND {keys})
    WHERE {condition}))"""
_COMPARISONS: Final[dict[str, str]] = {"=": "=", "!=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def compile_filter(node: Node | None, table: Table, *, keys: str = "1") -> Fragment:
    """Compile a tree that `read_filter` checked, and None to what is always true; parameters are named `f0`, `f1`, ….

    `keys` is the condition on hours and traces that the statement itself has, from `trace_keys`: what is asked of
    other tables is asked of the same traces. The statement binds `project`.
    """
    if node is None:
        return Fragment("1", {})
    compiler = _Compiler(table, keys, {})
    return Fragment(compiler.node(node), compiler.parameters)


def storable_us(us: int) -> int:
    """Return the nearest time that the store can compare with."""
    return min(max(us, _TIME_MIN_US), _TIME_MAX_US)


def needles_of(text: str) -> list[str]:
    """Return how a text may stand in `input` and `output`, which hold JSON: plain, and with letters as numbers.

    What we encode is plain; the JSON of an emitter stays as it was sent, and many write all but ASCII as numbers.
    """
    plain, numbered = orjson.dumps(text).decode()[1:-1], json.dumps(text)[1:-1]
    return [plain] if plain == numbered else [plain, numbered]


class _Compiler:
    def __init__(self, table: Table, keys: str, parameters: dict[str, Any]) -> None:
        self._table: Table = table
        self._keys = keys
        self._expressions: Mapping[str, str] = _EXPRESSIONS[table]
        self.parameters = parameters

    def node(self, node: Node) -> str:
        match node:
            case Condition():
                return self._condition(node)
            case And(parts):
                return f"({' AND '.join(self.node(part) for part in parts)})" if parts else "1"
            case Or(parts):
                return f"({' OR '.join(self.node(part) for part in parts)})" if parts else "0"
            case Not(part):
                return f"(NOT {self.node(part)})"

    def _condition(self, condition: Condition) -> str:
        sql = self._positive(condition)
        # `!=` is exactly what `=` is not: an absent value is unlike every value.
        is_negated = condition.op == "!=" or (condition.op == "exists" and condition.value is False)
        return f"(NOT {sql})" if is_negated else sql

    def _positive(self, condition: Condition) -> str:
        """Return what `=` says for `!=`, and what is there for `exists`, whatever its value."""
        if self._table != "events" and condition.field not in self._expressions:
            return self._elsewhere(condition)
        if condition.field.startswith(ATTRIBUTE_PREFIX):
            return self._attribute(condition)
        return self._field(condition, _KINDS[self._table][condition.field])

    def _elsewhere(self, condition: Condition) -> str:
        below, template = ("event_figures", _ANY_EVENT) if self._table == "traces" else ("events", _ITS_EVENT)
        inner = _Compiler(below, self._keys, self.parameters)
        return template.format(keys=self._keys, condition=inner._positive(condition))

    def _field(self, condition: Condition, kind: FieldKind) -> str:
        expression = self._expressions[condition.field]
        match kind:
            case "list":
                return self._list(expression, condition)
            case "search":
                needles = [self._bind("String", needle) for needle in needles_of(condition.value)]
                return f"({' OR '.join(_contains(side, one) for one in needles for side in ('input', 'output'))})"
            case "text":
                return self._text(expression, condition)
            case _:
                sql = self._ordered(expression, condition, kind)
                return f"ifNull({sql}, 0)" if condition.field in _NULLABLE[self._table] else sql

    def _text(self, expression: str, condition: Condition) -> str:
        if condition.op == "exists":
            return f"({expression} != '')"
        if condition.op == "contains":
            return _contains(expression, self._bind("String", condition.value))
        if condition.op == "in":
            return f"({expression} IN {self._bind('Array(String)', list(condition.value))})"
        return f"({expression} = {self._bind('String', condition.value)})"

    def _list(self, expression: str, condition: Condition) -> str:
        if condition.op == "exists":
            return f"notEmpty({expression})"
        if condition.op == "contains":
            needle = self._bind("String", condition.value)
            return f"arrayExists(one -> {_contains('one', needle)}, {expression})"
        if condition.op == "in":
            return f"hasAny({expression}, {self._bind('Array(String)', list(condition.value))})"
        return f"has({expression}, {self._bind('String', condition.value)})"

    def _attribute(self, condition: Condition) -> str:
        key = self._bind("String", condition.field.removeprefix(ATTRIBUTE_PREFIX))
        present = f"mapContains(attributes, {key})"
        if condition.op == "exists":
            return present
        return f"({present} AND {self._text(f'attributes[{key}]', condition)})"

    def _ordered(self, expression: str, condition: Condition, kind: FieldKind) -> str:
        if condition.op == "exists":
            return f"isNotNull({expression})"
        scale = 1_000 if condition.field == "duration_ms" else 1
        if condition.op == "in":
            # Every number of ours is exact in a Float64, see MAX_NUMBER of the reading.
            listed = self._bind("Array(Float64)", [float(value * scale) for value in condition.value])
            return f"(toFloat64({expression}) IN {listed})"
        return f"({expression} {_COMPARISONS[condition.op]} {self._constant(condition.value, kind, scale)})"

    def _constant(self, value: Any, kind: FieldKind, scale: int) -> str:
        if kind == "time":
            return f"fromUnixTimestamp64Micro({self._bind('Int64', storable_us(value))}, 'UTC')"
        if kind == "money":
            return self._bind("Decimal(38, 12)", f"{Decimal(value):f}")
        return self._bind("Int64" if isinstance(value, int) else "Float64", value * scale)

    def _bind(self, type_name: str, value: Any) -> str:
        name = f"f{len(self.parameters)}"
        self.parameters[name] = value
        return f"{{{name}:{type_name}}}"


def _contains(expression: str, needle: str) -> str:
    # A search, not LIKE: no character of the needle has a meaning of its own.
    return f"(positionCaseInsensitiveUTF8({expression}, {needle}) > 0)"
