"""Faults D-39 and D-40 at full count."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import RunningEngine
from tests.properties.equality import check_any_delivery
from tests.properties.patience import patient
from tests.properties.queue_machine import QueueMachine
from tests.properties.redis_machine import RedisQueueMachine
from tests.servers.redis import RedisServer

SEQUENCES = 10_000
SEQUENCES_ON_REDIS = 2_000
DELIVERIES = 1_000


@pytest.mark.timeout(7_200)
def test_the_queue_agrees_with_its_model_over_ten_thousand_sequences() -> None:
    began_s = time.monotonic()
    run_state_machine_as_test(QueueMachine, settings=patient(SEQUENCES, steps=40))
    print(f"D-39: {SEQUENCES:,} sequences of up to 40 steps in {time.monotonic() - began_s:.0f} s, none differed")


@pytest.mark.timeout(7_200)
def test_the_queue_on_redis_agrees_with_its_model_over_two_thousand_sequences(tmp_path: Path) -> None:
    began_s = time.monotonic()
    RedisQueueMachine.server = RedisServer(tmp_path / "redis").start()
    try:
        run_state_machine_as_test(RedisQueueMachine, settings=patient(SEQUENCES_ON_REDIS, steps=40))
    finally:
        RedisQueueMachine.server.kill()
    print(f"D-39 on Redis: {SEQUENCES_ON_REDIS:,} sequences in {time.monotonic() - began_s:.0f} s, none differed")


@pytest.mark.timeout(7_200)
def test_a_thousand_deliveries_give_the_same_rows_costs_and_summaries(engine: RunningEngine, tmp_path: Path) -> None:
    began_s = time.monotonic()
    check_any_delivery(engine.settings, tmp_path, DELIVERIES)
    print(f"D-40: {DELIVERIES:,} deliveries in {time.monotonic() - began_s:.0f} s, none differed")
