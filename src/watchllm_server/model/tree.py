"""Makes the tree of a trace from its events' ids, parents and starts; it never recurses and never fails on bad links.

An event without a parent, with itself as parent, or whose parent has not come stands at top level. A cycle is
cut above its earliest event, which then stands at top level too. So every event is in the tree exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

# A node shows this many children at once; the rest comes by range, so that no node has a size cap.
MAX_CHILDREN_SHOWN: Final = 1_000
# Deeper nesting breaks recursive readers of JSON (Python's limit is 1,000 frames, two levels a node).
MAX_NESTED_LEVELS: Final = 200

_NO_CHILDREN: Final[Sequence[int]] = ()


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of one trace over positions of the columns that it was made from.

    `tops` and every list of `children` are in order of start, then id. `missing` holds the positions of events
    whose parent has not come.
    """

    tops: list[int]
    children: dict[int, list[int]]
    missing: frozenset[int]
    sort_keys: Sequence[tuple[int, str]]

    def children_of(self, position: int) -> Sequence[int]:
        """Return the positions of an event's children, in order."""
        return self.children.get(position, _NO_CHILDREN)

    def children_after(self, position: int, after: tuple[int, str] | None, limit: int) -> Sequence[int]:
        """Return at most `limit` children whose (start, id) comes after `after`."""
        found = self.children_of(position)
        if after is None:
            return found[:limit]
        first = next((at for at, child in enumerate(found) if self.sort_keys[child] > after), len(found))
        return found[first : first + limit]


class FlatTree(msgspec.Struct, frozen=True, kw_only=True):
    """The same events in pre-order: a parent directly before its first child."""

    order: list[int]
    depth: list[int]

    @property
    def levels(self) -> int:
        """How many events are above one another at most; 0 for no events."""
        return max(self.depth, default=-1) + 1


def make_tree(event_ids: Sequence[str], parent_ids: Sequence[str], start_us: Sequence[int]) -> Tree:
    """Return the tree of these events; the three sequences are parallel and the ids unique."""
    positions = {event_id: at for at, event_id in enumerate(event_ids)}
    keys = list(zip(start_us, event_ids, strict=True))
    in_order = sorted(range(len(keys)), key=keys.__getitem__)
    parents: dict[int, int] = {}
    missing: set[int] = set()
    for at, (event_id, parent_id) in enumerate(zip(event_ids, parent_ids, strict=True)):
        if not parent_id or parent_id == event_id:
            continue
        parent = positions.get(parent_id)
        if parent is None:
            missing.add(at)
        else:
            parents[at] = parent
    _cut_cycles(parents, keys)
    tops: list[int] = []
    children: dict[int, list[int]] = {}
    for at in in_order:
        parent = parents.get(at)
        if parent is None:
            tops.append(at)
        else:
            children.setdefault(parent, []).append(at)
    return Tree(tops=tops, children=children, missing=frozenset(missing), sort_keys=keys)


def _cut_cycles(parents: dict[int, int], keys: Sequence[tuple[int, str]]) -> None:
    """Remove one link of every cycle: the one above the cycle's earliest event."""
    walk_of: dict[int, int] = {}
    for start in list(parents):
        at: int | None = start
        while at is not None and at not in walk_of:
            walk_of[at] = start
            at = parents.get(at)
        if at is None or walk_of[at] != start:
            continue
        # This walk came back to itself: `at` is on a cycle that no earlier walk has seen.
        cycle = [at]
        while (above := parents[cycle[-1]]) != at:
            cycle.append(above)
        del parents[min(cycle, key=keys.__getitem__)]


def flatten(tree: Tree) -> FlatTree:
    """Return every event in pre-order with its depth; top level is 0."""
    order: list[int] = []
    depths: list[int] = []
    waiting = [(at, 0) for at in reversed(tree.tops)]
    while waiting:
        at, depth = waiting.pop()
        order.append(at)
        depths.append(depth)
        below = tree.children.get(at)
        if below is not None:
            waiting.extend((child, depth + 1) for child in reversed(below))
    return FlatTree(order=order, depth=depths)


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
