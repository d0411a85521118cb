"""Events of new traces that this processor has just stored: their summaries need not read them again.

A trace is remembered when the bundle that brought it found nothing of it anywhere, so that its events are all that is
stored. Whatever may make that untrue is noticed before it is used: a later touch by its mark, one in between by its
having waited already or by a summary in the store, and what is taken away by `forget`. When in doubt, the round reads.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from watchllm_server.stores.events.contract import ReadTraces, TraceRows
from watchllm_server.stores.queue.contract import TouchedTrace

# Two or three bundles: about 1.5 KB an event, beyond which rounds read, as after a backlog.
MAX_EVENTS: Final = 25_000

TraceKey = tuple[str, str]


class _Kept(msgspec.Struct):
    """What one bundle brought: the traces not yet taken, by their mark, and how many events they hold."""

    read: ReadTraces
    marks: dict[TraceKey, int]
    events: int


class RecentTraces:
    """What the workers of a process have stored, for the round of summaries of the same process."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._events = 0
        self._epoch = 0
        self._is_open = False

    def open(self) -> None:
        """Begin to remember: for the one processor that computes summaries."""
        self.forget()
        self._is_open = True

    def close(self) -> None:
        """Remember nothing more: another processor may take away events unseen."""
        self.forget()
        self._is_open = False

    def forget(self) -> None:
        """Drop everything, also what is being stored now: call before and after events are taken away."""
        self._epoch += 1
        self._kept.clear()
        self._events = 0

    def begin(self) -> int | None:
        """Return what `remember` needs, before anything of a bundle is stored; None when nothing is remembered."""
        return self._epoch if self._is_open and self._events < MAX_EVENTS else None

    def remember(self, begun: int, read: ReadTraces, began: Sequence[TouchedTrace]) -> None:
        """Keep the traces that were new with a bundle and `began` to wait with its acknowledgement."""
        if begun != self._epoch or not self._is_open or not began:
            return
        marks = {(trace.project_id, trace.trace_id): trace.mark for trace in began}
        events = {key: read.events[key] for key in marks}
        kept = _Kept(ReadTraces(events, read.rows), marks, sum(map(len, events.values())))
        self._kept.append(kept)
        self._events += kept.events

    def find(self, touched: Sequence[TouchedTrace]) -> list[TraceKey]:
        """Return those of the traces whose last touch was the one by which they are known here."""
        marks = {key: mark for kept in self._kept for key, mark in kept.marks.items()}
        keys = [(trace.project_id, trace.trace_id) for trace in touched]
        return [key for key, trace in zip(keys, touched, strict=True) if marks.get(key) == trace.mark]

    def take(self, keys: Collection[TraceKey], touched: Sequence[TouchedTrace]) -> ReadTraces:
        """Return these traces, and keep nothing any more of whatever the queue had listed as touched."""
        found = ReadTraces({}, [])
        asked = {(trace.project_id, trace.trace_id): trace.mark for trace in touched}
        newest = max(asked.values(), default=0)
        for kept in self._kept:
            mine = [key for key in keys if kept.marks.get(key) == asked[key]]
            found.events.update((key, kept.read.events[key]) for key in mine)
            found.rows.extend(_rows_of(kept.read.rows, mine))
            # The queue lists older marks first: one that was not listed is of a trace that was touched again, or done.
            self._drop(kept, [key for key, mark in kept.marks.items() if mark < newest or key in asked])
        self._kept = [kept for kept in self._kept if kept.marks]
        return found

    def _drop(self, kept: _Kept, keys: Collection[TraceKey]) -> None:
        for key in keys:
            del kept.marks[key]
            events = len(kept.read.events.pop(key))
            kept.events -= events
            self._events -= events


def _rows_of(rows: Sequence[TraceRows], keys: Collection[TraceKey]) -> list[TraceRows]:
    traces: dict[str, list[str]] = {}
    for project_id, trace_id in keys:
        traces.setdefault(project_id, []).append(trace_id)
    return [TraceRows(r.project_id, traces[r.project_id], r.table) for r in rows if r.project_id in traces]
