"""Makes the tree of a trace from its events' ids, parents and starts; it never recurses and never fails on bad links.

An event without a parent, with itself as parent, or whose parent has not come stands at top level. A cycle is
cut above its earliest event, which then stands at top level too. So every event is in the tree exactly once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from operator import le
from typing import Any, Final

import msgspec

# A node shows this many children at once; the rest comes by range, so that no node has a size cap.
MAX_CHILDREN_SHOWN: Final = 1_000
# Deeper nesting breaks recursive readers of JSON (Python's limit is 1,000 frames, two levels a node).
MAX_NESTED_LEVELS: Final = 200

# The parent of an event at top level; also the last index of a list, see `make_tree`.
NO_PARENT: Final = -1
_NO_CHILDREN: Final[Sequence[int]] = ()


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of one trace over positions of the columns that it was made from.

    `tops` and every list of `children` are in order of start, then id. `order` is the pre-order of all events
    (a parent directly before its first child); `depth` is by position, 0 at top level. `missing` holds the
    events whose parent has not come.
    """

    event_ids: Sequence[str]
    start_us: Sequence[int]
    tops: list[int]
    children: dict[int, list[int]]
    missing: frozenset[int]
    order: list[int]
    depth: list[int]

    @property
    def levels(self) -> int:
        """How many events are above one another at most; 0 for no events."""
        return max(self.depth, default=-1) + 1

    def children_of(self, position: int) -> Sequence[int]:
        """Return the positions of an event's children, in order."""
        return self.children.get(position, _NO_CHILDREN)

    def children_after(self, position: int, after: tuple[int, str] | None, limit: int) -> Sequence[int]:
        """Return at most `limit` children whose (start, id) comes after `after`."""
        found = self.children_of(position)
        if after is None:
            return found[:limit]
        first = bisect_right(found, after, key=lambda child: (self.start_us[child], self.event_ids[child]))
        return found[first : first + limit]


def make_tree(event_ids: Sequence[str], parent_ids: Sequence[str], start_us: Sequence[int]) -> Tree:
    """Return the tree of these events; the three sequences are parallel and the ids unique.

    Fastest when they come in order of start, then id; right in any order.
    """
    positions = {event_id: at for at, event_id in enumerate(event_ids)}
    parents = [NO_PARENT if found is None else found for found in map(positions.get, parent_ids)]
    missing: set[int] = set()
    for at, parent in enumerate(parents):
        if parent == at:
            parents[at] = NO_PARENT
        elif parent == NO_PARENT and parent_ids[at]:
            missing.add(at)
    in_order = _in_order(event_ids, start_us)
    tops, children = _link(in_order, parents)
    order = _pre_order(tops, children)
    if len(order) < len(parents):
        # What cannot be reached from the top hangs on a cycle.
        cut_cycles(parents, event_ids, start_us)
        tops, children = _link(in_order, parents)
        order = _pre_order(tops, children)
    # One more than there are events, so that the parent "none" finds its depth at the end.
    depth = [-1] * (len(parents) + 1)
    for at in order:
        depth[at] = depth[parents[at]] + 1
    depth.pop()
    return Tree(
        event_ids=event_ids,
        start_us=start_us,
        tops=tops,
        children=children,
        missing=frozenset(missing),
        order=order,
        depth=depth,
    )


def _in_order(event_ids: Sequence[str], start_us: Sequence[int]) -> Sequence[int]:
    every = range(len(event_ids))
    is_sorted = all(
        map(le, zip(start_us, event_ids, strict=True), islice(zip(start_us, event_ids, strict=True), 1, None))
    )
    if is_sorted:
        return every
    return sorted(sorted(every, key=event_ids.__getitem__), key=start_us.__getitem__)


def _link(in_order: Sequence[int], parents: Sequence[int]) -> tuple[list[int], dict[int, list[int]]]:
    tops: list[int] = []
    children: dict[int, list[int]] = {}
    for at in in_order:
        parent = parents[at]
        if parent == NO_PARENT:
            tops.append(at)
        elif (siblings := children.get(parent)) is None:
            children[parent] = [at]
        else:
            siblings.append(at)
    return tops, children


def _pre_order(tops: Sequence[int], children: Mapping[int, Sequence[int]]) -> list[int]:
    order: list[int] = []
    waiting = list(reversed(tops))
    while waiting:
        at = waiting.pop()
        order.append(at)
        below = children.get(at)
        if below is not None:
            waiting.extend(reversed(below))
    return order


def cut_cycles(parents: list[int], event_ids: Sequence[str], start_us: Sequence[int]) -> None:
    """Remove one link of every cycle: the one above the cycle's earliest event."""
    walk_of: dict[int, int] = {}
    for start in range(len(parents)):
        at = start
        while at != NO_PARENT and at not in walk_of:
            walk_of[at] = start
            at = parents[at]
        if at == NO_PARENT or walk_of[at] != start:
            continue
        # This walk came back to itself: `at` is on a cycle that no earlier walk has seen.
        cycle = [at]
        while (above := parents[cycle[-1]]) != at:
            cycle.append(above)
        earliest = min(cycle, key=lambda one: (start_us[one], event_ids[one]))
        parents[earliest] = NO_PARENT


def nest(
    tree: Tree,
    tops: Sequence[int],
    *,
    describe: Callable[[int], dict[str, Any]],
    cursor: Callable[[int, int | None], str],
    levels: int = MAX_NESTED_LEVELS,
) -> list[dict[str, Any]]:
    """Return the events at `tops` with their children inside, `levels` deep at most.

    `describe` gives an event's own fields. A node whose children are not all shown gets `children_cursor`,
    made by `cursor(position, last child shown or None)`.
    """
    nested: list[dict[str, Any]] = []
    waiting = [(at, 1, nested) for at in reversed(tops)]
    while waiting:
        at, level, siblings = waiting.pop()
        node = describe(at)
        siblings.append(node)
        below = tree.children_of(at)
        inside: list[dict[str, Any]] = []
        node["child_count"] = len(below)
        node["children"] = inside
        shown = below[:MAX_CHILDREN_SHOWN] if level < levels else _NO_CHILDREN
        if len(shown) < len(below):
            node["children_cursor"] = cursor(at, shown[-1] if shown else None)
        waiting.extend((child, level + 1, inside) for child in reversed(shown))
    return nested
