"""Fault D-01 at full count: kills of the whole tree and of the engine, with an oracle outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.chaos import percentile
from tests.oracle.scenario import Outcome, run_with_kills

TREE_KILLS = 50
# What the row of the fault says, with a backlog at each restart.
MANY_KILLS = 200
BACKLOG_EVENTS = 1_000_000
ENGINE_KILLS = 20
# Enough to have a request in every step of the pipe at every kill.
EVENTS_PER_S = 600.0
# Events read whole, and traces read as trees, at random: each read takes the engine 25 ms of planning. Identity,
# place, usage and cost of every event are compared through the list all the same.
TEXTS = 3_000


@pytest.mark.timeout(3_600)
async def test_fifty_kills_of_the_tree_and_twenty_of_the_engine_lose_double_and_change_nothing(tmp_path: Path) -> None:
    outcome = await run_with_kills(
        tmp_path, tree_kills=TREE_KILLS, engine_kills=ENGINE_KILLS, events_per_s=EVENTS_PER_S, seed=1, texts=TEXTS
    )
    check(outcome)
    assert (outcome.faults.tree_kills, outcome.faults.engine_kills) == (TREE_KILLS, ENGINE_KILLS)


@pytest.mark.timeout(7_200)
async def test_two_hundred_kills_with_a_million_events_waiting_lose_double_and_change_nothing(tmp_path: Path) -> None:
    outcome = await run_with_kills(
        tmp_path, tree_kills=MANY_KILLS, engine_kills=0, events_per_s=200.0, seed=200, texts=TEXTS,
        backlog_events=BACKLOG_EVENTS,
    )  # fmt: skip
    check(outcome)
    assert outcome.faults.tree_kills == MANY_KILLS


def check(outcome: Outcome) -> None:
    """Judge a run, and see that it exercised what it is about."""
    print(outcome.report())
    verdict, faults = outcome.verdict, outcome.faults
    assert verdict.is_clean, outcome.report()
    assert verdict.stored == verdict.issued
    assert outcome.damaged_files == []
    assert verdict.outcomes.get("broken", 0) > 0
    assert verdict.redelivered_batches > 0
    assert verdict.ledger_duplicates > 0
    assert percentile(faults.ready_after_s, 99) <= 5.0, faults.summary()
