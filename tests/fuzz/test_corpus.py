"""Every kept input, those that once failed among them, within the bounds of time and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.bounds import Bounds
from tests.fuzz.targets import CORPUS, TARGETS, Target, kept_inputs

INPUTS = [pytest.param(target, path, id=f"{name}/{path.name}") for name, target in TARGETS.items()
          for path in kept_inputs(name)]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def loaded_prices() -> None:
    """What the first priced event loads is no input's fault."""
    for target in TARGETS.values():
        target.run(b"{}")


@pytest.mark.parametrize(("target", "path"), INPUTS)
def test_a_kept_input_is_refused_or_read_within_its_bounds(target: Target, path: Path) -> None:
    Bounds(target.run, []).check(path.read_bytes())


def test_every_target_has_kept_inputs_and_every_kept_input_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert all(kept_inputs(name) for name in TARGETS)
