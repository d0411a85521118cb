"""Writes docs/sdk-python.md, the reference of the Python SDK, from its signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import watchllm
import watchllm.testing

# Every public name has its place here; one that is missing stops the generation.
GROUPS: dict[str, tuple[str, ...]] = {
    "Start and stop": ("init", "flush", "shutdown", "stats"),
    "Measure a block": ("span", "model_call", "tool", "agent", "step", "current_span", "observe", "context"),
    "Record by itself": ("wrap", "prompt"),
    "Send one finished event": (
        "model_response",
        "tool_call",
        "agent_action",
        "retrieval",
        "message",
        "log",
        "error",
        "token_usage",
        "eval_metric",
        "score",
        "custom",
        "capture_event",
    ),
    "What the blocks give": ("Span", "ModelCall", "Tool", "Agent", "Step", "Prompt"),
}
_TESTING = ("recording", "Recording", "MemoryTransport", "FixedClock", "FixedIds")
_INTRODUCTION = """
Install, quickstart and promises: [sdk/python](../sdk/python/README.md). Nothing here raises into the program that calls
it; a wrong argument is said once in the log. Functions that send an event return its id, or `""` where it was not
accepted. `**envelope` stands for `event_id`, `trace_id`, `parent_event_id`, `timestamp`, `session_id`, `user_id`,
`environment`, `release` and `tags`.
""".strip()


def reference_page(generated: str) -> str:
    """Return the whole page; `generated` is its first line."""
    listed = {name for names in GROUPS.values() for name in names}
    if wrong := listed ^ (set(watchllm.__all__) - {"__version__"}):
        raise ValueError(f"scripts/sdk_reference.py and watchllm.__all__ differ in {sorted(wrong)}")
    parts = [generated, "", "# Python SDK", "", _INTRODUCTION]
    for title, names in GROUPS.items():
        parts += ["", f"## {title}"]
        for name in names:
            parts += ["", *_described(f"watchllm.{name}", getattr(watchllm, name))]
    parts += ["", "## Test with it", "", _first_paragraph(watchllm.testing)]
    for name in _TESTING:
        parts += ["", *_described(f"watchllm.testing.{name}", getattr(watchllm.testing, name))]
    return "\n".join(parts) + "\n"


def _described(name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        yield f"### `{name}`"
        yield ""
        yield _documentation(thing)
        members = list(_members(thing))
        if members:
            yield ""
            yield from members
        return
    yield f"### `{name}`"
    yield ""
    yield f"```python\n{_signature(name.rpartition('.')[2], thing)}\n```"
    yield ""
    yield _documentation(thing)


def _members(kind: type[Any]) -> Iterator[str]:
    """Yield a line for each public member that a class adds to those above it."""
    for name, member in vars(kind).items():
        if name.startswith("_") or not getattr(member, "__doc__", None):
            continue
        text = " ".join(_documentation(member).split())
        if isinstance(member, property):
            yield f"- `{name}`: {text}"
        elif inspect.isfunction(member):
            yield f"- `{_signature(name, member, without_self=True)}`: {text}"


def _signature(name: str, function: Callable[..., Any], *, without_self: bool = False) -> str:
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1 if without_self else 0 :]
    words: list[str] = []
    for parameter in parameters:
        previous_is_plain = not words or not any(word.startswith("*") for word in words)
        if parameter.kind is parameter.KEYWORD_ONLY and previous_is_plain:
            words.append("*")
        words.append(_parameter(parameter))
    returned = (
        "" if signature.return_annotation is signature.empty else f" -> {_annotation(signature.return_annotation)}"
    )
    line = f"{name}({', '.join(words)}){returned}"
    if len(line) <= 100 or without_self:
        return line
    return f"{name}(\n" + "".join(f"    {word},\n" for word in words) + f"){returned}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = stars + parameter.name
    if parameter.annotation is not parameter.empty:
        text += f": {_annotation(parameter.annotation)}"
    if parameter.default is not parameter.empty:
        text += f"{' = ' if ':' in text else '='}{parameter.default!r}"
    return text


def _annotation(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def _documentation(thing: Any) -> str:
    text = inspect.getdoc(thing)
    if not text:
        raise ValueError(f"{thing} has no docstring")
    return text


def _first_paragraph(module: Any) -> str:
    return _documentation(module).partition("\n\n")[0]
