"""What somebody wants to be gone for good, and how far that has come."""

from __future__ import annotations

from typing import Literal

import msgspec

DeletionKind = Literal["trace", "end_user", "project"]
DeletionState = Literal["requested", "erased", "finished"]


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """A trace, the events of an end user, or a whole project.

    A trace and a project stay deleted: what comes for them later is dropped. An end user may come back; so only events
    are meant that were accepted up to `last_sequence` of the queue.
    """

    deletion_id: str
    project_id: str
    kind: DeletionKind
    # The id of the trace or of the end user; "" for a project.
    subject: str
    requested_by: str
    requested_at_us: int
    last_sequence: int = 0
    # From then on nothing of it is found by any read.
    erased_at_us: int | None = None
    # From then on nothing of it is on disk, in no store.
    finished_at_us: int | None = None

    @property
    def state(self) -> DeletionState:
        """How far it is."""
        if self.finished_at_us is not None:
            return "finished"
        return "requested" if self.erased_at_us is None else "erased"


class Tombstones(msgspec.Struct, frozen=True):
    """What must not be stored any more: traces as (project id, trace id), and whole projects."""

    traces: frozenset[tuple[str, str]] = frozenset()
    projects: frozenset[str] = frozenset()

    def cover(self, project_id: str, trace_id: str) -> bool:
        """Tell whether an event of this trace is one of something deleted."""
        return project_id in self.projects or (project_id, trace_id) in self.traces
