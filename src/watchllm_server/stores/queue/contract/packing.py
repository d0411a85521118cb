"""Entries as a queue keeps them, and what tells a damaged one from an intact one.

Neither SQLite's pages nor Redis's log carry checksums, and a flipped bit in a compressed body may well give other text
without a word. So
each entry has two of its own: of its head (project, format, time, ids), and of its body. With an intact head, the
events of a damaged body are known by name. Entries of files before schema 1 have none, and are taken as they are.
A plan has one too: a damaged one must neither end the processor nor count anything.

CRC-32 finds every flip of a few bits and every torn sector with all but 1 in 4 billion; it is in the standard library
and costs 3 µs for a batch of 100 events (measured; xxh3 would save 2 µs for one more dependency, and zstd's own
checksum covers the body alone).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import zstandard

from watchllm_server.model.ids import lost_event_id
from watchllm_server.stores.queue.contract import Entry, NewEntry

# Level 1: 2.5 times fewer bytes to sync for 6 µs an event; higher levels cost more than the disk saves.
ZSTD_LEVEL: Final = 1
_SEQUENCE_BYTES: Final = 8
_CHECKSUM_BYTES: Final = 4
# Of a body whose checksum is wrong, nothing can be trusted: not even the size that it says to have.
REMAINS_BYTES: Final = 1024 * 1024
# More events than one request can have: a count beyond it is damaged itself.
MOST_LOST: Final = 1_000_000
# A time that no column takes would hold back the dead letter too.
_LIKELY_US: Final = 86_400 * 1_000_000
_HEAD_DAMAGED: Final = "its batch is damaged in the queue: the ids, the project or the time may be wrong"
_BODY_DAMAGED: Final = "the body of its batch is damaged in the queue"


class Packed:
    """An entry as it is stored; its checksums are finished when its sequence is known."""

    def __init__(self, entry: NewEntry) -> None:
        self.ids = "\n".join(entry.event_ids)
        self.body = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(entry.body)
        self.plain_size = len(self.ids) + len(entry.body)
        self.head_checksum = _head(entry.project_id, entry.format, entry.accepted_at_us, self.ids)
        self.body_checksum = zlib.crc32(self.body)

    @property
    def size(self) -> int:
        """Return the bytes that count against the cap of the queue."""
        return len(self.ids) + len(self.body)

    def checksums(self, sequence: int) -> tuple[int, int]:
        """Return those of the head and of the body, at this place: a row that was written elsewhere fits neither."""
        return at_place(sequence, self.head_checksum), at_place(sequence, self.body_checksum)


def _head(project_id: str, form: str, accepted_at_us: int, ids: str) -> int:
    # Surrogates were refused before; a damaged text must not raise either.
    return zlib.crc32("\n".join((project_id, form, str(accepted_at_us), ids)).encode("utf-8", "surrogatepass"))


def at_place(sequence: int, checksum: int) -> int:
    """Return a checksum that holds at this place alone."""
    return zlib.crc32(sequence.to_bytes(_SEQUENCE_BYTES), checksum)


def is_head_intact(
    sequence: int, project_id: Any, form: Any, accepted_at_us: Any, event_ids: Any, checksum: Any
) -> bool:
    """Tell whether what names the events of an entry is as it was accepted; a damaged value may have any type."""
    if not (isinstance(project_id, str) and isinstance(form, str) and isinstance(event_ids, str)):
        return False
    if checksum is None:
        return isinstance(accepted_at_us, int)
    return checksum == at_place(sequence, _head(project_id, form, accepted_at_us, event_ids))


def seal(plan: bytes) -> bytes:
    """Return a plan with its checksum before it."""
    return zlib.crc32(plan).to_bytes(_CHECKSUM_BYTES) + plan


def open_seal(sealed: bytes) -> bytes:
    """Return the plan, or nothing when it is damaged: deciding anew may count repeats wrongly, but never a row."""
    checksum, plan = sealed[:_CHECKSUM_BYTES], sealed[_CHECKSUM_BYTES:]
    return plan if checksum == zlib.crc32(plan).to_bytes(_CHECKSUM_BYTES) else b""


def unpack(rows: Sequence[tuple[Any, ...]]) -> list[Entry]:
    """Return entries from their rows: sequence, project, format, time, count, ids, body, and the two checksums."""
    # One for all of them: making it takes longer than most bodies do.
    decompressor = zstandard.ZstdDecompressor()
    return [_unpack(decompressor, *row) for row in rows]


def _unpack(
    decompressor: zstandard.ZstdDecompressor,
    sequence: int,
    project_id: Any,
    form: Any,
    accepted_at_us: Any,
    count: Any,
    event_ids: Any,
    body: Any,
    head_checksum: Any,
    body_checksum: Any,
) -> Entry:
    is_named = is_head_intact(sequence, project_id, form, accepted_at_us, event_ids, head_checksum)
    is_whole = isinstance(body, bytes) and body_checksum in (None, at_place(sequence, zlib.crc32(body)))
    plain = _plain(decompressor, body) if is_whole else None
    damage = "" if is_named and plain is not None else _HEAD_DAMAGED if not is_named else _BODY_DAMAGED
    return Entry(
        sequence=sequence,
        project_id=str(project_id),
        format=str(form),
        accepted_at_us=accepted_at_us if is_named else _time(sequence, accepted_at_us),
        event_ids=_ids(sequence, event_ids) if is_named else _ids(sequence, event_ids, count),
        body=_remains(body) if plain is None else plain,
        damage=damage,
    )


def _ids(sequence: int, event_ids: Any, lost: Any = 0) -> list[str]:
    """Return the ids as they can be read; so many made-up ones when nothing can."""
    if isinstance(event_ids, str) and event_ids:
        return event_ids.split("\n")
    count = lost if isinstance(lost, int) and 0 <= lost <= MOST_LOST else 1
    return [lost_event_id(sequence, place) for place in range(count)]


def _time(sequence: int, accepted_at_us: Any) -> int:
    """Return the time of acceptance, or the sequence: unless clocks jump, it is the time a moment later."""
    is_likely = isinstance(accepted_at_us, int) and abs(sequence - accepted_at_us) <= _LIKELY_US
    return accepted_at_us if is_likely else sequence


def _plain(decompressor: zstandard.ZstdDecompressor, body: bytes) -> bytes | None:
    try:
        return decompressor.decompress(body)
    except (zstandard.ZstdError, MemoryError):
        # A frame without a checksum of ours may declare any size.
        return None


def _remains(body: Any) -> bytes:
    """Return the beginning of a damaged body as far as it can be read, for a person."""
    if not isinstance(body, bytes):
        return b""
    try:
        with zstandard.ZstdDecompressor(max_window_size=REMAINS_BYTES).stream_reader(body) as reader:
            return reader.read(REMAINS_BYTES)
    except zstandard.ZstdError:
        return b""
