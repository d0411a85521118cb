"""Fault D-41 in short: a few seconds of search for each decoder; half an hour of it runs in tests/soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import planted
from tests.fuzz.fuzzing import can_search, search
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.skipif(not can_search(), reason="cannot have: atheris has no wheel for this machine")

# All targets and their starts within about a minute.
SECONDS = 2


@pytest.mark.parametrize("target", TARGETS)
def test_a_search_finds_no_input_that_a_decoder_neither_reads_nor_refuses(target: str) -> None:
    found = search(target, SECONDS)
    assert found.failed is None, found.explanation()
    # Proof that it searched: beyond what was kept.
    assert found.runs > 100, found.report


def test_a_search_finds_a_planted_fault_and_names_the_input(tmp_path: Path) -> None:
    (tmp_path / "seed").write_bytes(planted.SEED)
    # A search draws: nearly all of them find it within half a minute, the others begin anew.
    searches = (search("planted", 30, kept=tmp_path) for _ in range(4))
    found = next(one for one in searches if one.failed is not None)
    assert found.failed is not None
    assert "the planted fault" in found.explanation()
    with pytest.raises(AssertionError, match="the planted fault"):
        planted.run_planted(found.failed)
