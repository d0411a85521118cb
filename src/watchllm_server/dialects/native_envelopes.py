"""Refuses an envelope that says twice which event, project or trace it is of: readers would differ in what counts.

The decoder keeps the last of equal keys and tells nothing. So the names are counted in the bytes first, which takes
far less than decoding does, and only a body that may have one twice is read again, slowly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final, cast

from watchllm_server.errors import BadRequest

# Each with its two spellings, which mean the same.
_IDENTITY: Final = (("eventId", "event_id"), ("projectId", "project_id"), ("traceId", "trace_id"))
# As a whole string in JSON: inside a longer text the quotes would be escaped.
# One pass over the bytes is as fast as it gets: decoding takes as long.
_QUOTED: Final = re.compile(rb'"(?:event|project|trace)(?:Id|_id)"')
# A letter or an underscore written by its number, as no encoder does: the key may be any.
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[4-7]")


def refuse_repeated_identity(body: bytes, items: Sequence[Any]) -> None:
    """Raise BadRequest with code `duplicate_key` when one of the decoded envelopes of a body has a name twice."""
    envelopes = [cast(dict[str, Any], item) for item in items if isinstance(item, dict)]
    if not _may_repeat(body, envelopes):
        return
    for index, keys in enumerate(_keys_of_envelopes(body)):
        for names in _IDENTITY:
            if sum(keys.count(name) for name in names) > 1:
                raise BadRequest(
                    f"event {index} has {names[0]} more than once", code="duplicate_key", details={"index": index}
                )


def _may_repeat(body: bytes, envelopes: Sequence[dict[str, Any]]) -> bool:
    known = 0
    for envelope in envelopes:
        for first, second in _IDENTITY:
            spellings = (first in envelope) + (second in envelope)
            if spellings > 1:
                return True
            known += spellings
    if known != len(_QUOTED.findall(body)):
        return True
    return b"\\u00" in body and _ESCAPED_LETTER.search(body) is not None


class _Keys(list[str]):
    """The keys of one object as they stand, with those that repeat."""


def _keys_of_envelopes(body: bytes) -> list[_Keys]:
    """Return the keys of each envelope; of a body that is nested too deeply none, as its events are refused."""

    def keys_of(pairs: list[tuple[str, Any]]) -> _Keys:
        return _Keys(key for key, _ in pairs)

    try:
        # Numbers stay texts: one of thousands of digits is of no interest here.
        found: Any = json.loads(body, object_pairs_hook=keys_of, parse_int=str, parse_float=str)
    except RecursionError:
        return []
    listed = [found] if isinstance(found, _Keys) else cast(list[Any], found)
    return [item if isinstance(item, _Keys) else _Keys() for item in listed]
