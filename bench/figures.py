"""A figure: one measured number with its target, printed as one JSON line."""

from __future__ import annotations

from typing import Literal

import msgspec


class Figure(msgspec.Struct, kw_only=True):
    """One line of the report. `ok` is None when there is no target: the figure explains another one."""

    name: str
    value: float
    unit: str
    target: str = ""
    ok: bool | None = None
    context: dict[str, float | int | str] = msgspec.field(default_factory=dict[str, float | int | str])

    def line(self) -> str:
        """Return the JSON line; context stands beside the fixed fields."""
        fixed = {"name": self.name, "value": self.value, "unit": self.unit, "target": self.target, "ok": self.ok}
        return msgspec.json.encode({**fixed, **self.context}).decode()


def judged(
    name: str,
    value: float,
    unit: str,
    comparison: Literal["<", "<=", ">="],
    limit: float,
    **context: float | int | str,
) -> Figure:
    """Return a figure that is ok when `value comparison limit`."""
    ok = {"<": value < limit, "<=": value <= limit, ">=": value >= limit}[comparison]
    return Figure(name=name, value=rounded(value), unit=unit, target=f"{comparison} {limit:g}", ok=ok, context=context)


def shown(name: str, value: float, unit: str, **context: float | int | str) -> Figure:
    """Return a figure without a target."""
    return Figure(name=name, value=rounded(value), unit=unit, context=context)


def rounded(value: float) -> float:
    """Return four significant digits: more would be noise."""
    return float(f"{value:.4g}")


def percentile(values: list[float], percent: float) -> float:
    """Return the value at `percent` of the sorted values (nearest rank); at least one value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
