"""The marker of the runs that need the agents' own environments."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker here: no other folder has such tests."""
    config.addinivalue_line("markers", "agents: runs a real agent in an environment of its own")
