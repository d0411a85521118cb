"""The oracle's own memory: what was issued, tried and acknowledged, appended to a file before it is believed.

One JSON line per fact. A batch is written before its first byte is sent, an acknowledgement after the whole answer
was read; so the file survives the oracle's own death, and `load` continues or checks a run.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

WireFormat = Literal["native", "otlp"]

# The file is synced this often: a power cut of the oracle itself would only make it expect too little.
_SYNC_EVERY = 200


class Batch(msgspec.Struct, frozen=True):
    """The events [first, first + count) in one request."""

    number: int
    first: int
    count: int
    wire_format: WireFormat
    is_gzipped: bool

    @property
    def indices(self) -> range:
        return range(self.first, self.first + self.count)


class Header(msgspec.Struct, frozen=True, tag="run"):
    seed: int
    start_us: int


class Issued(msgspec.Struct, frozen=True, tag="issued"):
    batch: Batch


class Tried(msgspec.Struct, frozen=True, tag="tried"):
    """One attempt and how it ended: a status, or `broken` when no whole answer came."""

    number: int
    outcome: int | Literal["broken"]


class Noted(msgspec.Struct, frozen=True, tag="noted"):
    """Something odd about an answer: always a failure of the run."""

    number: int
    complaint: str


_Line = Header | Issued | Tried | Noted


class Record:
    """What is known about one run. `acknowledged` holds batch numbers with a 2xx answer."""

    def __init__(self, path: Path, header: Header) -> None:
        self.header = header
        self.batches: dict[int, Batch] = {}
        # The first index that was never issued.
        self.issued_events = 0
        self.acknowledged: set[int] = set()
        self.complaints: list[str] = []
        self.outcomes: Counter[str] = Counter()
        # Batches with an attempt after one whose fate was unknown, or after an acknowledgement: redeliveries.
        self.redelivered: set[int] = set()
        self._doubtful: set[int] = set()
        self._path = path
        self._lines = 0
        self._file: int | None = None

    @classmethod
    def create(cls, path: Path, header: Header) -> Record:
        """Start a new record; the file must not exist."""
        record = cls(path, header)
        record._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        record._append(header)
        return record

    @classmethod
    def load(cls, path: Path) -> Record:
        """Read a record for checking; it takes no more facts."""
        decoder = msgspec.json.Decoder(_Line)
        # A line that the oracle's own death cut short was never believed.
        lines = [decoder.decode(line) for line in path.read_bytes().split(b"\n")[:-1]]
        header = lines[0]
        if not isinstance(header, Header):
            raise ValueError(f"{path} does not begin with the header of a run")
        record = cls(path, header)
        for line in lines[1:]:
            record._take(line)
        return record

    @property
    def acknowledged_events(self) -> int:
        return sum(self.batches[number].count for number in self.acknowledged)

    def issued(self, batch: Batch) -> None:
        """Remember a batch; it may be sent after this returned."""
        self._note(Issued(batch))

    def tried(self, number: int, outcome: int | Literal["broken"]) -> None:
        """Remember how one attempt ended."""
        self._note(Tried(number, outcome))

    def complain(self, number: int, complaint: str) -> None:
        """Remember an answer that must not happen."""
        self._note(Noted(number, complaint))

    def close(self) -> None:
        """Sync and close the file."""
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def _note(self, line: _Line) -> None:
        self._append(line)
        self._take(line)

    def _append(self, line: _Line) -> None:
        if self._file is None:
            raise ValueError("the record is closed")
        os.write(self._file, msgspec.json.encode(line) + b"\n")
        self._lines += 1
        if self._lines % _SYNC_EVERY == 0:
            os.fdatasync(self._file)

    def _take(self, line: _Line) -> None:
        match line:
            case Issued(batch):
                self.batches[batch.number] = batch
                self.issued_events = max(self.issued_events, batch.first + batch.count)
            case Tried(number, outcome):
                self._take_attempt(number, outcome)
            case Noted(number, complaint):
                self.complaints.append(f"batch {number}: {complaint}")
            case Header():
                raise ValueError("a record has one header")

    def _take_attempt(self, number: int, outcome: int | Literal["broken"]) -> None:
        self.outcomes[str(outcome)] += 1
        if number in self._doubtful or number in self.acknowledged:
            self.redelivered.add(number)
        if outcome == "broken":
            self._doubtful.add(number)
        elif 200 <= outcome < 300:
            self.acknowledged.add(number)
