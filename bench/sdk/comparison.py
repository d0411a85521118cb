"""Puts the figures of several SDKs side by side, and holds ours against the best of the others."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Final

from bench.figures import Figure, judged, shown

OURS: Final = "watchllm"

# By round and series of calls: p50, p99 and mean, in µs.
Rounds = list[dict[str, dict[str, float]]]


def p50(rounds: Rounds, series: str) -> float:
    """Return the median of the rounds' medians."""
    return statistics.median(each[series]["p50"] for each in rounds)


def spread(rounds: Rounds, series: str) -> dict[str, float]:
    """Return what stands beside a median: the best round's, the 99th percentile, the mean."""
    return {
        "best_round": round(min(each[series]["p50"] for each in rounds), 1),
        "p99": round(statistics.median(each[series]["p99"] for each in rounds), 1),
        "mean": round(statistics.median(each[series]["mean"] for each in rounds), 1),
    }


def compared(
    name: str,
    unit: str,
    peers: Sequence[str],
    value_of: Callable[[str], float],
    context_of: Callable[[str], dict[str, float]],
) -> list[Figure]:
    """Return one figure for each SDK, and how ours stands to the best of its peers."""
    values = {sdk: value_of(sdk) for sdk in (OURS, *peers)}
    best = min(peers, key=values.__getitem__)
    ratio = judged(f"{name}_to_best_peer", values[OURS] / values[best], "ratio", "<", 1.0, best_peer=best)
    return [*(shown(name, value, unit, sdk=sdk, **context_of(sdk)) for sdk, value in values.items()), ratio]
