"""Renders prompt templates, and remembers in the text itself which template made it.

A rendered prompt is a `str`, accepted wherever one is; the model call that is given it, or a message with it,
is marked by `metadata.prompt`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Self, cast

from watchllm import _notices
from watchllm._gate import import_gate
from watchllm._values import MAX_VALUE_BYTES, clean_key, freeze, text_of

_VARIABLE = r"\{\{ *([A-Za-z_][A-Za-z0-9_.-]*) *\}\}"
# A conversation is looked through for a prompt up to here; templates stand at its beginning.
_MAX_MESSAGES = 100


class Prompt(str):
    """The rendered text of a template. Made by `watchllm.prompt`; whatever is cut or joined from it is a plain str."""

    __slots__ = ("mark",)
    mark: Mapping[str, Any]

    def __new__(cls, text: str, mark: Mapping[str, Any]) -> Self:
        made = super().__new__(cls, text)
        made.mark = mark
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any]]:  # type: ignore[override]
        # For `copy` and `pickle`, which would otherwise leave the mark out.
        return str(self), self.mark


@_notices.never_raises(Prompt("", {}))
def prompt(
    name: str, template: str, variables: Mapping[str, Any] | None = None, *, version: str | int | None = None
) -> Prompt:
    """Render `{{variable}}` in a template and return the text, which marks the model call that is given it.

    One pass: what a variable holds is not rendered again. Text stays as it is, other values become JSON, and a
    name without a variable stays as it is written.
    """
    source = text_of(template, MAX_VALUE_BYTES)
    given = {clean_key(key): value for key, value in dict(variables or {}).items()}
    mark: dict[str, Any] = {"name": text_of(name), "template": source, "variables": freeze(given)[0]}
    if version is not None:
        mark["version"] = text_of(version)
    return Prompt(_rendered(source, given), mark)


def _rendered(template: str, variables: Mapping[str, Any]) -> str:
    with import_gate:
        import re

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        return _written(variables[name]) if name in variables else found[0]

    return re.sub(_VARIABLE, value_of, template)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    with import_gate:
        import json

    return json.dumps(freeze(value)[0], ensure_ascii=False, separators=(",", ":"), default=str)


def mark_of(given: object) -> Mapping[str, Any] | None:
    """Return the mark of the first rendered prompt in a prompt or in messages, None where there is none."""
    if given is None or type(given) is str:
        return None
    if isinstance(given, Prompt):
        return given.mark or None
    if isinstance(given, (list, tuple)):
        for one in islice(cast("Iterable[Any]", given), _MAX_MESSAGES):
            found = mark_of(one)
            if found is None and isinstance(one, dict):
                parts = cast("dict[str, Any]", one)
                found = mark_of(parts.get("content")) or mark_of(parts.get("text"))
            if found is not None:
                return found
    return None
