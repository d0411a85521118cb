"""Knows the objects that Python programs pass around, by their shape and without importing their packages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

# Types whose text is what a person would write for the value.
_TEXT_MODULES = frozenset({"datetime", "decimal", "fractions", "uuid", "pathlib", "pathlib._local", "ipaddress"})


def type_name(kind: Any) -> str:
    """Return the name of a type, whatever its metaclass does."""
    try:
        return str.__str__(kind.__name__)
    except Exception:
        return "object"


def described(value: Any, kind: Any) -> str:
    """Return the text that stands for a value which has no parts of its own; may raise what its code raises."""
    if issubclass(kind, BaseException):
        return f"{type_name(kind)}: {value}"
    if str(kind.__module__) in _TEXT_MODULES:
        return str(value)
    if issubclass(kind, type) or hasattr(kind, "__code__"):
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


def record_reader(kind: Any) -> Callable[[Any], Mapping[object, object]] | None:
    """Return how to read the fields of a dataclass, pydantic model, attrs class or msgspec struct."""
    names: Iterable[str] | None = None
    if hasattr(kind, "__dataclass_fields__"):
        names = kind.__dataclass_fields__
    elif hasattr(kind, "__pydantic_fields__") or (hasattr(kind, "__fields__") and hasattr(kind, "parse_obj")):
        # Read past the model's own serialisers, which may be slow, raise, or call the network.
        return _model_fields
    elif hasattr(kind, "__attrs_attrs__"):
        names = [str(field.name) for field in kind.__attrs_attrs__]
    elif hasattr(kind, "__struct_fields__"):
        names = kind.__struct_fields__
    if names is None:
        return None
    found = tuple(names)
    return lambda record: {name: _field(record, name) for name in found}


def _model_fields(model: Any) -> Mapping[object, object]:
    extra: Any = getattr(model, "__pydantic_extra__", None)
    fields: dict[object, object] = {**vars(model), **(extra or {})}
    return fields


def _field(record: object, name: str) -> object:
    try:
        return getattr(record, name)
    except Exception:
        return "[unreadable field]"
