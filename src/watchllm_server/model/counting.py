"""Says which events of a trace carry usage that must not be added, and why: one call of a model counts once.

Usage counts on model calls and on `token_usage`. One call is often described by several spans, one inside the
other (a framework's, a gateway's, the client library's): it counts on the innermost and can be read on all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from watchllm_server.model.tree import NO_PARENT, cut_cycles

if TYPE_CHECKING:
    from watchllm_server.model.trace import TraceEvent

USAGE_TYPES: Final = frozenset({"model_response", "token_usage"})

# The reasons as they are stored: agents, tools and steps repeat what is below them.
OTHER_TYPE: Final = "type_without_usage"
# A `token_usage` below a model call that has usage of its own.
PARENT_HAS_USAGE: Final = "parent_has_usage"
# A model call around another span of the same call.
SAME_AS_INNER: Final = "same_as_nested_call"
# A span inside the same call that has no usage, or that nobody can price where the one around it has a cost.
SAME_AS_OUTER: Final = "same_as_enclosing_call"
# A model call beside another span of the same call.
SAME_RESPONSE: Final = "same_response_id"
# A model call with exactly the tokens of the calls directly inside it.
SUM_OF_INNER: Final = "sum_of_nested_calls"

_COUNTED_BELOW: Final = (None, SAME_AS_INNER, SUM_OF_INNER)

# Frameworks, gateways and clients wrap one call three or four times. The bound keeps a chain of a hundred
# thousand calls linear.
_MAX_WRAPPERS: Final = 8


class _Call(msgspec.Struct, gc=False):
    """A model call. `carriers` are what counts for it: itself, or the `token_usage` below it, or nothing."""

    event: TraceEvent
    carriers: list[TraceEvent]

    @property
    def tokens(self) -> tuple[int, int]:
        return sum(c.input_tokens for c in self.carriers), sum(c.output_tokens for c in self.carriers)

    @property
    def is_priced(self) -> bool:
        return any(carrier.cost_usd is not None for carrier in self.carriers)


def uncounted_events(events: Sequence[TraceEvent]) -> dict[str, str]:
    """Return the events whose usage and cost must not be added, each with the reason; in any order of the events."""
    uncounted: dict[str, str] = {}
    calls: dict[str, _Call] = {}
    usages: list[TraceEvent] = []
    for event in events:
        kind = event.type
        if kind == "model_response":
            calls[event.event_id] = _Call(event, [event] if event.has_usage else [])
        elif kind == "token_usage":
            usages.append(event)
        elif event.has_usage:
            uncounted[event.event_id] = OTHER_TYPE
    _add_usages(usages, calls, uncounted)
    if len(calls) > 1:
        if above := _enclosing_calls(events, calls):
            _drop_same_calls(calls, above, uncounted)
        _drop_same_responses(calls, uncounted)
        if above:
            _drop_sums(calls, above, uncounted)
    return uncounted


def _add_usages(usages: Sequence[TraceEvent], calls: Mapping[str, _Call], uncounted: dict[str, str]) -> None:
    for usage in usages:
        call = calls.get(usage.parent_event_id)
        if call is not None and call.event.has_usage:
            uncounted[usage.event_id] = PARENT_HAS_USAGE
        elif call is not None and usage.has_usage:
            call.carriers.append(usage)


def _enclosing_calls(events: Sequence[TraceEvent], calls: Mapping[str, _Call]) -> dict[str, str]:
    """Return the nearest call above each call that has one; cycles are cut above their earliest call."""
    parents = {event.event_id: event.parent_event_id for event in events}
    # Also of what lies between: so that a long chain is walked once and not from every call below it.
    nearest: dict[str, str] = {}
    for call_id in calls:
        walked: list[str] = []
        at = call_id
        while at and at not in nearest:
            # Set before the walk goes on: a walk that comes back to itself finds nothing and ends.
            nearest[at] = ""
            walked.append(at)
            at = parents.get(at, "")
            if at in calls:
                break
        found = at if at in calls else nearest.get(at, "")
        nearest |= dict.fromkeys(walked, found)
    return _without_cycles(calls, {at: found for at in calls if (found := nearest[at])})


def _without_cycles(calls: Mapping[str, _Call], above: dict[str, str]) -> dict[str, str]:
    if all(_starts_before(calls[outer], calls[inner]) for inner, outer in above.items()):
        # As nearly always: no way leads back in time.
        return above
    ids = list(calls)
    positions = {call_id: at for at, call_id in enumerate(ids)}
    parents = [positions[above[call_id]] if call_id in above else NO_PARENT for call_id in ids]
    # Their own parents too: nothing encloses itself.
    parents = [NO_PARENT if parent == at else parent for at, parent in enumerate(parents)]
    cut_cycles(parents, ids, [call.event.start_us for call in calls.values()])
    return {ids[at]: ids[parent] for at, parent in enumerate(parents) if parent != NO_PARENT}


def _starts_before(outer: _Call, inner: _Call) -> bool:
    return (outer.event.start_us, outer.event.event_id) < (inner.event.start_us, inner.event.event_id)


def _drop_same_calls(calls: Mapping[str, _Call], above: Mapping[str, str], uncounted: dict[str, str]) -> None:
    # In an order of their own, so that the same events always have the same reasons.
    for inner_id in sorted(above):
        inner = calls[inner_id]
        for outer in _wrappers(inner_id, calls, above):
            if not _is_same_call(inner, outer):
                continue
            if not inner.carriers or (outer.is_priced and not inner.is_priced):
                _drop(inner, SAME_AS_OUTER, uncounted)
            else:
                _drop(outer, SAME_AS_INNER, uncounted)


def _wrappers(inner_id: str, calls: Mapping[str, _Call], above: Mapping[str, str]) -> Iterator[_Call]:
    at = above.get(inner_id)
    for _ in range(_MAX_WRAPPERS):
        if at is None:
            return
        yield calls[at]
        at = above.get(at)


def _is_same_call(inner: _Call, outer: _Call) -> bool:
    """Tell whether one span inside another describes the same call; of two that say nothing of usage, nobody knows."""
    if not (inner.carriers or outer.carriers):
        return False
    if inner.event.response_id and inner.event.response_id == outer.event.response_id:
        return True
    is_silent = not (inner.carriers and outer.carriers)
    return (is_silent or inner.tokens == outer.tokens != (0, 0)) and _is_same_model(
        inner.event.model, outer.event.model
    )


def _is_same_model(one: str, other: str) -> bool:
    """Tell whether two names mean one model: without a gateway's prefix, one may be the dated form of the other."""
    shorter, longer = sorted((one.lower().rpartition("/")[2], other.lower().rpartition("/")[2]), key=len)
    return longer == shorter or not shorter or longer.startswith((f"{shorter}-", f"{shorter}@", f"{shorter}:"))


def _drop_same_responses(calls: Mapping[str, _Call], uncounted: dict[str, str]) -> None:
    """Of calls beside each other that give one answer at one time, keep the one that began last: the innermost."""
    by_response: dict[str, list[_Call]] = {}
    for call in calls.values():
        if call.event.response_id and call.carriers and call.carriers[0].event_id not in uncounted:
            by_response.setdefault(call.event.response_id, []).append(call)
    for same in by_response.values():
        if len(same) > 1:
            kept = max(same, key=lambda call: (call.is_priced, call.event.start_us, call.event.event_id))
            for call in same:
                # A cache gives an old answer again, but not while it is being given.
                if call is not kept and call.tokens == kept.tokens and _overlap(call.event, kept.event):
                    _drop(call, SAME_RESPONSE, uncounted)


def _overlap(one: TraceEvent, other: TraceEvent) -> bool:
    return one.start_us <= (other.end_us or other.start_us) and other.start_us <= (one.end_us or one.start_us)


def _drop_sums(calls: Mapping[str, _Call], above: Mapping[str, str], uncounted: dict[str, str]) -> None:
    inside: dict[str, list[_Call]] = {}
    for inner_id in above:
        if calls[inner_id].carriers:
            outer = next((one for one in _wrappers(inner_id, calls, above) if one.carriers), None)
            if outer is not None:
                inside.setdefault(outer.event.event_id, []).append(calls[inner_id])
    for outer_id, inner in inside.items():
        outer = calls[outer_id]
        total = tuple(map(sum, zip(*(call.tokens for call in inner), strict=True)))
        # Not when one of them is counted by another span, which may be this one.
        are_counted = all(uncounted.get(call.carriers[0].event_id) in _COUNTED_BELOW for call in inner)
        if len(inner) > 1 and are_counted and outer.tokens == total != (0, 0):
            _drop(outer, SUM_OF_INNER, uncounted)


def _drop(call: _Call, reason: str, uncounted: dict[str, str]) -> None:
    for event in (call.event, *call.carriers):
        uncounted.setdefault(event.event_id, reason)
