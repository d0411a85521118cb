"""Decides which traces are sent where `sample_rate` is below 1: by the trace's id alone, so all of it or none.

Every SDK decides alike, in every process that takes part in a trace (`sdk/vectors/sampling.json`).
"""

from __future__ import annotations

from functools import lru_cache

_WORD = 0xFFFFFFFF


def is_kept(id: str, rate: float) -> bool:
    """Return whether the trace (or, outside any trace, the event) of this id is sent."""
    if rate >= 1:
        return True
    return hash_of(id) < int(rate * 2**32)


# One trace asks for each of its events.
@lru_cache(maxsize=256)
def hash_of(id: str) -> int:
    """Return 32 bits that depend on every byte of an id: FNV-1a, then the finaliser of MurmurHash3."""
    h = 0x811C9DC5
    for byte in id.encode("utf-8", "replace"):
        h = (h ^ byte) * 0x01000193 & _WORD
    h = (h ^ h >> 16) * 0x85EBCA6B & _WORD
    h = (h ^ h >> 13) * 0xC2B2AE35 & _WORD
    return h ^ h >> 16
