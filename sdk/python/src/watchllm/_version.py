"""The version of this package, as the wheel and every event carry it; nothing else belongs here."""

__version__ = "0.1.0"
