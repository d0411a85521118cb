"""Lists, shows, replays and discards dead letters beside a running server, for its operator."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import orjson

from watchllm_server.bootstrap import FIRST_USER_ID
from watchllm_server.clock import Clock, SystemClock
from watchllm_server.errors import BadRequest, NotFound, SettingsError, Unavailable
from watchllm_server.model.times import to_rfc3339
from watchllm_server.settings import Settings
from watchllm_server.stores.events.contract import DeadLetter, DeadLetters, LetterQuery, LetterState, StoreUnavailable
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.ui_backend.parameters import MAX_RANGE_US, read_range
from watchllm_server.ui_backend.replaying import Replayed, Replayer
from watchllm_server.wiring.letters import open_letters

# A line of a list shows the beginning of the reason alone.
_LINE_CHARS: Final = 100


@dataclass(frozen=True)
class Choice:
    """Which letters a command is about; without ids, those of a range of time."""

    project_id: str = ""
    event_ids: tuple[str, ...] = ()
    code: str | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class _Opened:
    project_id: str
    letters: DeadLetters
    replayer: Replayer
    clock: Clock


async def list_lines(settings: Settings, choice: Choice, *, state: LetterState, limit: int) -> list[str]:
    """Return one line for each letter, the newest first."""
    async with _opened(settings, choice.project_id) as parts:
        asked = _query(choice, parts.clock, state=state, limit=limit)
        page = await parts.letters.list_letters(parts.project_id, asked, most_bytes=0)
    return [
        f"{to_rfc3339(letter.dead_at_us)}  {letter.event_id}  {letter.code}  {_one_line(letter.message)}"
        for letter in page.letters
    ]


async def show(settings: Settings, project_id: str, event_id: str) -> str:
    """Return a letter whole, as JSON. Raises NotFound."""
    async with _opened(settings, project_id) as parts:
        letter = await parts.letters.find_letter(parts.project_id, event_id)
    if letter is None:
        raise NotFound(f"there is no dead letter of {event_id} in project {parts.project_id}")
    return orjson.dumps(_shown(letter), option=orjson.OPT_INDENT_2).decode()


async def replay(settings: Settings, choice: Choice) -> str:
    """Send letters through the queue again, as many as there are; returns what became of them."""
    async with _opened(settings, choice.project_id) as parts:
        query = _query(choice, parts.clock)
        done = Replayed(has_more=True)
        while done.has_more:
            some = await parts.replayer.replay(parts.project_id, query)
            done.replayed += some.replayed
            done.superseded += some.superseded
            done.unreadable += some.unreadable
            done.busy += some.busy
            # What is busy stays where it is: going on would find it again and again.
            done.has_more = some.has_more and bool(some.replayed + some.superseded)
    return (
        f"replayed {done.replayed}, superseded by a newer version {done.superseded}, not readable {done.unreadable},"
        f" still at work {done.busy}"
    )


async def discard(settings: Settings, choice: Choice) -> str:
    """Discard letters, as many as there are; returns how many."""
    async with _opened(settings, choice.project_id) as parts:
        query = _query(choice, parts.clock)
        total, has_more = 0, True
        while has_more:
            count, has_more = await parts.replayer.discard(parts.project_id, query)
            total += count
    return f"discarded {total}"


@asynccontextmanager
async def _opened(settings: Settings, project_id: str) -> AsyncGenerator[_Opened]:
    clock = SystemClock()
    try:
        async with open_letters(settings, clock) as found:
            chosen = await _project(found.metadata, project_id)
            yield _Opened(chosen, found.letters, found.replayer, clock)
    except StoreUnavailable as error:
        advice = "start `watchllm serve`" if settings.has_embedded_engine else "check WATCHLLM_EVENT_STORE"
        raise Unavailable(f"the event store does not answer; {advice} ({str(error)[:200]})") from None


async def _project(metadata: MetadataStore, given: str) -> str:
    if given:
        if await metadata.find_project(given) is None:
            raise SettingsError(f"there is no project {given}")
        return given
    known = [project.project_id for project, _ in await metadata.list_projects(FIRST_USER_ID)]
    if len(known) != 1 or await metadata.count_projects() != 1:
        raise SettingsError("there is more than one project; name it by --project")
    return known[0]


def _query(choice: Choice, clock: Clock, *, state: LetterState = "kept", limit: int = 50) -> LetterQuery:
    if choice.event_ids:
        if choice.code or choice.from_ or choice.to:
            raise BadRequest("give either ids or --code, --from and --to", code="bad_parameter")
        return LetterQuery(state=state, event_ids=choice.event_ids, limit=limit)
    now_us = clock.now_us()
    span = read_range(choice.from_, choice.to, default_to_us=now_us, default_from_us=now_us - MAX_RANGE_US)
    return LetterQuery(state=state, code=choice.code, from_us=span.from_us, to_us=span.to_us, limit=limit)


def _shown(letter: DeadLetter) -> dict[str, object]:
    return {
        "event_id": letter.event_id,
        "code": letter.code,
        "message": letter.message,
        "state": letter.state,
        "format": letter.format,
        "is_replayable": letter.is_replayable,
        "accepted_at": to_rfc3339(letter.accepted_at_us),
        "dead_at": to_rfc3339(letter.dead_at_us),
        "content": letter.content,
    }


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE_CHARS else line[: _LINE_CHARS - 1] + "…"
