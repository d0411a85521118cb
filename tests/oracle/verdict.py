"""What the oracle found: counts that must be 0, examples of what is wrong, and proof that the faults happened."""

from __future__ import annotations

import msgspec

# Enough examples to see a pattern; the counts say how many there are.
_EXAMPLES = 20


class Verdict(msgspec.Struct):
    """The result of one run."""

    issued: int = 0
    acknowledged: int = 0
    stored: int = 0
    missing: int = 0
    duplicates: int = 0
    spurious: int = 0
    wrong: int = 0
    complaints: int = 0
    texts_checked: int = 0
    traces_checked: int = 0
    redelivered_batches: int = 0
    ledger_duplicates: int = 0
    drained_after_s: float = 0.0
    summaries_right_after_s: float = 0.0
    fresh_visible_after_s: float = 0.0
    outcomes: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    examples: list[str] = msgspec.field(default_factory=list[str])

    @property
    def is_clean(self) -> bool:
        return not (self.missing or self.duplicates or self.spurious or self.wrong or self.complaints)

    def found(self, field: str, examples: list[str]) -> None:
        """Count findings of one kind, and keep the first few."""
        setattr(self, field, getattr(self, field) + len(examples))
        room = _EXAMPLES - len(self.examples)
        self.examples.extend(f"{field}: {example}" for example in examples[:room])

    def report(self) -> str:
        """Return the counts and examples as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()
