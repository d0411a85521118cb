"""Encodes a trace of any size as small columns for the web app: a pass over whole arrays for each, none over events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from watchllm_server.model.times import to_rfc3339
from watchllm_server.model.tree import NO_PARENT, cut_cycles

Rows = npt.NDArray[np.int64]
# No id has it: ids have no control characters.
_BETWEEN_IDS: Final = "\n"
# What stands for "none" among codes and durations.
_NONE: Final = -1


def compact_columns(table: pa.Table, uncounted: Iterable[str]) -> dict[str, Any]:
    """Return the columns of `answers.CompactColumns`, with arrays that orjson serialises.

    `table` is that of `EventReader.get_trace_table`; `uncounted` names the events that the totals leave out.
    """
    table = table.combine_chunks()
    ids, parent_ids = _array(table, "event_id"), _array(table, "parent_event_id")
    start_us = _integers(_array(table, "start_us"))
    origin_us = int(start_us[0]) if start_us.size else 0
    parents = _parents(ids, parent_ids)
    missing = np.flatnonzero((parents == NO_PARENT) & _is_elsewhere(ids, parent_ids))
    _cut(parents, ids, start_us)
    return {
        "event_id": _shortened(ids),
        "parent": parents,
        "missing_parents": {"rows": missing, "ids": parent_ids.take(pa.array(missing)).to_pylist()},
        **{name: _coded(_array(table, name)) for name in ("type", "name", "model", "agent_name", "tool_name")},
        "status": _coded(_statuses(_array(table, "status"))),
        "origin": to_rfc3339(origin_us),
        "start_us": start_us - origin_us,
        "duration_us": _integers(pc.subtract(_array(table, "end_us"), _array(table, "start_us"))),
        "input_tokens": _integers(_array(table, "input_tokens")),
        "output_tokens": _integers(_array(table, "output_tokens")),
        "cost_usd": _coded(_array(table, "cost_usd")),
        "step_index": _optional(_array(table, "step_index")),
        "uncounted": _rows_of(uncounted, ids),
    }


def _array(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _integers(array: pa.Array) -> Rows:
    """Return the values, -1 for none."""
    signed = pc.fill_null(array.cast(pa.int64()), _NONE)
    return cast(Rows, signed.to_numpy(zero_copy_only=False))


def _optional(array: pa.Array) -> list[int | None]:
    return [] if array.null_count == len(array) else cast(list[int | None], array.to_pylist())


def _statuses(array: pa.Array) -> pa.Array:
    """Return the statuses in the words of the answers: a sender that says nothing means that all went well."""
    return pc.if_else(pc.equal(array, ""), "ok", array)


def _coded(array: pa.Array) -> dict[str, Any]:
    encoded = array.dictionary_encode()
    return {"values": encoded.dictionary.to_pylist(), "codes": _integers(encoded.indices)}


def _shortened(ids: pa.Array) -> dict[str, str]:
    """Return the ids without their common beginning: the ids of a trace's spans begin with that of the trace.

    As one text, since 100,000 small ones take thirty times as long to write and to read.
    """
    ends = pc.min_max(ids)
    prefix = _common_beginning(ends["min"].as_py() or "", ends["max"].as_py() or "")
    rest = pc.utf8_slice_codeunits(ids, len(prefix))
    whole = pa.ListArray.from_arrays(pa.array([0, len(rest)], pa.int32()), rest)
    return {"prefix": prefix, "rest": pc.binary_join(whole, _BETWEEN_IDS)[0].as_py()}


def _common_beginning(one: str, other: str) -> str:
    pairs = zip(one, other, strict=False)
    return one[: next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))]


def _parents(ids: pa.Array, parent_ids: pa.Array) -> Rows:
    """Return the row of each event's parent; none for a parent that has not come, and for an event above itself."""
    parents = _integers(pc.index_in(parent_ids, value_set=ids)).copy()
    parents[parents == np.arange(parents.size)] = NO_PARENT
    return parents


def _is_elsewhere(ids: pa.Array, parent_ids: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell for each event whether it names a parent that is not itself."""
    named = pc.and_(pc.not_equal(parent_ids, ""), pc.not_equal(parent_ids, ids))
    return cast("npt.NDArray[np.bool_]", named.to_numpy(zero_copy_only=False))


def _cut(parents: Rows, ids: pa.Array, start_us: Rows) -> None:
    """Cut cycles in place, in the rare trace that has one."""
    if not _has_cycle(parents):
        return
    links = cast(list[int], parents.tolist())
    cut_cycles(links, cast(list[str], ids.to_pylist()), cast(list[int], start_us.tolist()))
    parents[:] = links


def _has_cycle(parents: Rows) -> bool:
    """Tell whether some way up never ends: after as many doublings as the rows have bits, every other one has."""
    # One more than there are events, so that the parent "none" leads to itself.
    above = np.append(parents, NO_PARENT)
    for _ in range(parents.size.bit_length()):
        if not (above != NO_PARENT).any():
            return False
        above = above[above]
    return bool((above != NO_PARENT).any())


def _rows_of(event_ids: Iterable[str], ids: pa.Array) -> Rows:
    rows = _integers(pc.index_in(pa.array(list(event_ids), pa.string()), value_set=ids))
    return rows[rows != _NONE]
