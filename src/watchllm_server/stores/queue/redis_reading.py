"""What is read of the queue on Redis: depth, ledger, stages of events, what is still to be looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from watchllm_server.model.ledger import LedgerMinute, minute_of
from watchllm_server.stores.queue.contract import (
    Loss,
    QueueDepth,
    QueuedEvent,
    QueueEdges,
    SettledBundle,
    TouchedTrace,
)
from watchllm_server.stores.queue.contract.packing import is_head_intact
from watchllm_server.stores.queue.contract.refusals import storable
from watchllm_server.stores.queue.redis_connection import RedisConnection, key
from watchllm_server.stores.queue.redis_rows import (
    DAY_US,
    Head,
    head_of,
    loss_of,
    minutes_of,
    rejected_of,
    sequence_of,
)

# Heads read at once when an event is looked for: some megabytes of ids.
_HEADS_AT_ONCE: Final = 500
_BUNDLES_AT_ONCE: Final = 20
_TRACES = msgspec.msgpack.Decoder(list[tuple[str, str]])


async def read_range(connection: RedisConnection, first: Any, last: Any) -> tuple[list[Head], list[Head]]:
    """Return heads and bodies of the entries from one sequence to another."""
    heads, bodies = await connection.call_all([("XRANGE", key(stream), first, last) for stream in ("heads", "bodies")])
    return heads, bodies


async def list_touched(connection: RedisConnection, limit: int) -> list[TouchedTrace]:
    flat = await connection.call("ZRANGE", key("touched"), 0, limit - 1, "WITHSCORES")
    touched: list[TouchedTrace] = []
    for name, mark in zip(flat[::2], flat[1::2], strict=True):
        project_id, _, trace_id = name.decode().partition("\n")
        touched.append(TouchedTrace(project_id, trace_id, int(float(mark))))
    return touched


async def find_touched(connection: RedisConnection, traces: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    names = [storable(f"{project_id}\n{trace_id}") for project_id, trace_id in traces]
    marks = await connection.call("ZMSCORE", key("touched"), *names)
    return {trace for trace, mark in zip(traces, marks, strict=True) if mark is not None}


async def edges(connection: RedisConnection) -> QueueEdges:
    last, waiting, kept = await connection.call_all(
        [
            ("HGET", key("state"), "sequence"),
            ("ZRANGE", key("waiting"), 0, 0),
            ("XRANGE", key("heads"), "-", "+", "COUNT", 1),
        ]
    )
    return QueueEdges(
        int(last or 0),
        int(waiting[0].partition(b":")[0]) if waiting else None,
        sequence_of(kept[0][0]) if kept else None,
    )


async def depth(connection: RedisConnection) -> QueueDepth:
    state, oldest, touched, losses = await connection.call_all(
        [
            ("HGETALL", key("state")),
            ("ZRANGE", key("ages"), 0, 0, "WITHSCORES"),
            ("ZCARD", key("touched")),
            ("HGETALL", key("losses")),
        ]
    )
    noticed = [loss_of(number, packed) for number, packed in losses.items()]
    return QueueDepth(
        entries=int(state.get(b"waiting_entries", 0)),
        events=int(state.get(b"waiting_events", 0)),
        bytes=int(state.get(b"waiting_bytes", 0)),
        oldest_accepted_us=int(float(oldest[1])) if oldest else None,
        touched_traces=touched,
        stored_bytes=int(state.get(b"stored_bytes", 0)),
        lost_events=sum(loss.events - (found or 0) for loss, found in noticed),
        lost_noticed_us=max((loss.noticed_at_us for loss, _ in noticed if loss.events), default=None),
        syncs_each_second=connection.syncs_each_second,
    )


async def list_losses(connection: RedisConnection) -> list[Loss]:
    losses = await connection.call("HGETALL", key("losses"))
    noticed = [loss_of(number, packed) for number, packed in losses.items()]
    return sorted((loss for loss, found in noticed if found is None), key=lambda loss: loss.number)


async def list_ledger(connection: RedisConnection, project_id: str, from_us: int, to_us: int) -> list[LedgerMinute]:
    days = await _days(connection, f"ledgers-of:{project_id}", from_us, to_us)
    minutes = minutes_of([day for _, day in days])
    return [minutes[minute_us] for minute_us in sorted(minutes) if from_us <= minute_us < to_us]


async def _days(
    connection: RedisConnection, index: str, from_us: int, to_us: int
) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Return the days of an index that touch [from, to): their keys and what they hold."""
    names = await connection.call("ZRANGE", key(index), from_us // DAY_US, (to_us - 1) // DAY_US, "BYSCORE")
    if not names:
        return []
    return list(zip(names, await connection.call_all([("HGETALL", name) for name in names]), strict=True))


async def _minutes_since(connection: RedisConnection, from_us: int) -> AsyncIterator[LedgerMinute]:
    """Yield the minutes of all projects since a minute."""
    for _, day in await _days(connection, "ledgers", from_us, 2**62):
        for minute in minutes_of([day]).values():
            if minute.minute_us >= minute_of(from_us):
                yield minute


async def imbalance(connection: RedisConnection, from_us: int) -> int:
    return sum([abs(minute.excess) async for minute in _minutes_since(connection, from_us)])


async def count_dead_lettered(connection: RedisConnection, from_us: int) -> int:
    return sum([minute.dead_lettered async for minute in _minutes_since(connection, from_us)])


async def find_event(connection: RedisConnection, project_id: str, event_id: str, ahead_ms: int) -> QueuedEvent | None:
    """Look through the heads, the newest first: rare enough that an index of all ids would cost more than it saves."""
    until = "+"
    needle = f"\n{event_id}\n".encode()
    while heads := await connection.call("XREVRANGE", key("heads"), until, "-", "COUNT", _HEADS_AT_ONCE):
        for place, fields in heads:
            if fields.get(b"p") == project_id.encode() and needle in b"\n" + fields.get(b"i", b"") + b"\n":
                return await _stage_of(connection, sequence_of(place), int(fields[b"t"]), ahead_ms)
        until = b"(" + heads[-1][0]
    return None


async def _stage_of(connection: RedisConnection, sequence: int, accepted_at_us: int, ahead_ms: int) -> QueuedEvent:
    found = await connection.run("stage", sequence, ahead_ms)
    if found is None:
        return QueuedEvent(state="queued", accepted_at_us=accepted_at_us, sequence=sequence)
    is_leased, attempts, error, acknowledged_at_us = found
    return QueuedEvent(
        state="acknowledged" if acknowledged_at_us else "leased" if is_leased else "queued",
        accepted_at_us=accepted_at_us,
        sequence=sequence,
        acknowledged_at_us=int(acknowledged_at_us) if acknowledged_at_us else None,
        attempts=int(attempts),
        last_error=error.decode("utf-8", "replace"),
    )


async def list_unchecked(connection: RedisConnection, before_us: int, max_events: int) -> list[SettledBundle]:
    found: list[SettledBundle] = []
    events = 0
    numbers = await connection.call(
        "ZRANGE", key("unchecked"), "-inf", f"({before_us}", "BYSCORE", "LIMIT", 0, _BUNDLES_AT_ONCE
    )
    for number in numbers:
        bundle = await _settled(connection, number.decode())
        if bundle is None:
            continue
        found.append(bundle)
        events += sum(map(len, bundle.event_ids.values()))
        if events >= max_events:
            break
    return found


async def _settled(connection: RedisConnection, number: str) -> SettledBundle | None:
    queue_id, first, last, traces = await connection.call(
        "HMGET", key(f"bundle:{number}"), "queue_id", "first", "last", "traces"
    )
    if first is None:
        return None
    ids: dict[str, list[str]] = {}
    for head in await connection.call("XRANGE", key("heads"), first, last):
        parts = head_of(head)
        # Nobody can look for ids that are damaged.
        if is_head_intact(*parts):
            ids.setdefault(parts[1], []).extend(parts[4].split("\n"))
    return SettledBundle(
        bundle_id=f"{queue_id.decode()}.{number}",
        first_sequence=int(first),
        last_sequence=int(last),
        event_ids=ids,
        traces=_TRACES.decode(traces),
    )


async def list_old_refusals(connection: RedisConnection, before_us: int, limit: int) -> Sequence[bytes]:
    """Return (name, what is remembered) of the oldest refusals, flat, as far as they are from before a time."""
    names = await connection.call("ZRANGE", key("rejected-order"), 0, limit - 1)
    if not names:
        return []
    old: list[bytes] = []
    for name, packed in zip(names, await connection.call("HMGET", key("rejected"), *names), strict=True):
        if packed is not None and rejected_of("", packed).at_us >= before_us:
            break
        old += [name, packed or b""]
    return old


async def forget_project(connection: RedisConnection, project_id: str) -> None:
    """Take out what is kept by project. Not one step: what is left after a kill goes the next time."""
    for name, _ in await _days(connection, f"ledgers-of:{project_id}", 0, 2**62):
        await connection.call_all([("DEL", name), ("ZREM", key("ledgers"), name)])
    await connection.call("DEL", key(f"ledgers-of:{project_id}"))
    pattern = f"{_escaped(storable(project_id))}\n*"
    for index, also in (("touched", ""), ("rejected-order", "rejected")):
        cursor: Any = 0
        while True:
            cursor, found = await connection.scan(key(index), cursor, pattern)
            if found:
                removals = [("ZREM", key(index), *found)]
                await connection.call_all(removals + [("HDEL", key(also), *found)] * bool(also))
            if not cursor:
                break


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[]^\\-" else letter for letter in text)
