"""The whole demo: which stories, when they happened, and in which order they are sent."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

from watchllm_server.clock import SystemClock
from watchllm_server.demo.catalogue import tell_catalogue
from watchllm_server.demo.chat import tell_chat
from watchllm_server.demo.coding import tell_coding
from watchllm_server.demo.handbook import tell_handbook
from watchllm_server.demo.research import tell_research
from watchllm_server.demo.sending import send_traces
from watchllm_server.demo.story import MS, Json, Story
from watchllm_server.demo.support import tell_support

# One trace that shows what a large one looks like.
LONG_TRACE_EVENTS: Final = 2_000
_HOUR_US: Final = 3_600_000 * MS
# Between two turns of a chat a person reads and types.
_TURN_PAUSE_US: Final = 45_000 * MS


async def run_demo(
    base_url: str,
    api_key: str,
    *,
    traces: int = 200,
    hours: int = 24,
    seed: int = 7,
    progress: Callable[[int, int], None],
) -> None:
    """Send `traces` traces, the latest just ended and the others spread over the last `hours` hours.

    `progress` is called with the number of traces sent and the total. The same seed makes the same ids, so a demo
    sent twice is there once. Raises DemoFailed when the server refuses or stays away.
    """
    told = make_traces(SystemClock().now_us(), traces=traces, hours=hours, seed=seed)
    await send_traces(base_url, api_key, told, progress)


def make_traces(now_us: int, *, traces: int, hours: int, seed: int) -> list[list[Json]]:
    """Return the events of each trace, oldest trace first; equal arguments give equal events."""
    chance = random.Random(seed)  # noqa: S311 - a demo wants the same chance every time, not secrecy
    return list(_placed(chance, now_us, traces, hours))


def _placed(chance: random.Random, now_us: int, traces: int, hours: int) -> Iterator[list[Json]]:
    stories = list(_stories(chance, traces))
    # Drawn towards now: a busy hour is what a first look should show.
    ages = sorted((hours * _HOUR_US * chance.random() ** 1.4 for _ in stories), reverse=True)
    if ages:
        ages[-1] = 0.0
    ends: dict[str, int] = {}
    for story, age_us in zip(stories, ages, strict=True):
        end_us = now_us - int(age_us)
        if story.is_reply:
            end_us = min(now_us, ends[story.session_id] + _TURN_PAUSE_US + story.now_us)
        ends[story.session_id] = end_us
        yield story.place(end_us)


def _stories(chance: random.Random, traces: int) -> Iterator[Story]:
    """Yield exactly `traces` stories, mixed, with the long one in the middle."""
    waiting: list[Story] = []
    for index in range(traces):
        if index == traces // 2:
            yield tell_catalogue(_own(chance), LONG_TRACE_EVENTS)
        elif waiting:
            yield waiting.pop(0)
        else:
            waiting = _next_stories(chance)
            yield waiting.pop(0)


def _next_stories(chance: random.Random) -> list[Story]:
    kind = chance.choices(("support", "handbook", "chat", "research", "coding"), weights=(30, 24, 10, 12, 9))[0]
    match kind:
        case "support":
            return [tell_support(_own(chance))]
        case "handbook":
            return [tell_handbook(_own(chance))]
        case "chat":
            return tell_chat(_own(chance))
        case "research":
            return [tell_research(_own(chance))]
        case _:
            return [tell_coding(_own(chance))]


def _own(chance: random.Random) -> random.Random:
    """Return a chance of its own for one story, so that a change in one changes no other."""
    return random.Random(chance.getrandbits(64))  # noqa: S311 - as above: repeatable, not secret
