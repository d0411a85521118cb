"""The promises of erasing: what is gone is found by no read, and cannot come back by looking for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watchllm_server.model.event import Event


class EventEraser(Protocol):
    """Every method may be repeated, after a kill too, and MUST then change nothing more.

    On return no read finds what was erased. `EventWriter.find_known_ids` MUST know the ids of erased events for as long
    as a queue may keep their entries, so that nobody takes them for lost and stores them again.
    """

    async def erase_trace(self, project_id: str, trace_id: str) -> None:
        """Erase every event of a trace, its summary, its figures, and the dead letters that name it."""
        ...

    async def find_traces_of_end_user(self, project_id: str, user_id: str, last_version: int) -> list[str]:
        """Return the traces with events of an end user up to this version."""
        ...

    async def erase_end_user(self, project_id: str, user_id: str, trace_ids: Sequence[str], last_version: int) -> None:
        """Erase the events of an end user in these traces up to this version: those that say so, and those that say
        nothing in a trace that is the user's; with the dead letters that name the user.

        The summaries of these traces are gone too, and MUST be computed again, if anything is left of them.
        """
        ...

    async def erase_project(self, project_id: str) -> None:
        """Erase everything of a project."""
        ...

    async def note_erased(self, events: Sequence[Event]) -> None:
        """Know these ids as erased, without a row of them: they came after what they belong to was deleted."""
        ...

    async def begin_scrub(self) -> None:
        """Begin to take what was erased off the disk, so that deletions can be finished; may rewrite much of it."""
        ...

    async def is_scrubbed(self) -> bool:
        """Tell whether all of what was begun is done; it goes on over a restart of the store."""
        ...
