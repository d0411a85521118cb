"""What a project does not want stored: detectors that we know, and patterns of the project's own."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

# What stands where something secret was; the same as the SDKs write.
MASK: Final = "[redacted]"

# Credentials by their form and by the names of fields; addresses; telephone numbers; numbers of payment cards.
Detector = Literal["secrets", "email", "phone", "card"]


class OwnPattern(msgspec.Struct, frozen=True):
    """A regular expression of a project's own, and how what it matches is called."""

    name: str
    pattern: str


class RedactionRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one project. Without any, events are stored as they come."""

    detectors: tuple[Detector, ...] = ()
    patterns: tuple[OwnPattern, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is to be looked for."""
        return not self.detectors and not self.patterns
