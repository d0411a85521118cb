"""Fault D-01 in short: a few kills of the whole tree and of the engine; the full count runs in tests/soak."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.scenario import run_with_kills


async def test_kills_of_the_tree_and_of_the_engine_lose_double_and_change_nothing(tmp_path: Path) -> None:
    outcome = await run_with_kills(tmp_path, tree_kills=3, engine_kills=2, events_per_s=400.0, seed=2, texts=150)
    verdict, faults = outcome.verdict, outcome.faults
    assert verdict.is_clean, outcome.report()
    assert verdict.stored == verdict.issued
    assert outcome.damaged_files == []
    # Proof that the run exercised what it is about.
    assert (faults.tree_kills, faults.engine_kills) == (3, 2)
    assert verdict.outcomes.get("broken", 0) > 0
    assert verdict.redelivered_batches > 0
    assert verdict.ledger_duplicates > 0
