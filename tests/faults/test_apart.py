"""D-22 and random kills in short, with the roles apart on Redis and MongoDB; full counts run in tests/soak."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.oracle.scenes.apart import die_with_entries, kill_at_random

# The first run of a checkout builds the server of MongoDB's protocol, which takes minutes once.
pytestmark = pytest.mark.timeout(1_200)


async def test_what_a_dead_processor_held_is_stored_by_another_one_once(tmp_path: Path) -> None:
    print(await die_with_entries(tmp_path, 2_000))


async def test_a_kill_of_each_process_and_each_store_loses_doubles_and_changes_nothing(tmp_path: Path) -> None:
    print(await kill_at_random(tmp_path, 10.0, events_per_s=100.0, seed=8))
