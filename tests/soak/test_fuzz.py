"""Fault D-41 at full count: half an hour of search, spread over all decoders."""

from __future__ import annotations

import pytest

from tests.fuzz.fuzzing import can_search, search
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.skipif(not can_search(), reason="cannot have: atheris has no wheel for this machine")

TOTAL_S = 30 * 60


@pytest.mark.timeout(TOTAL_S)
@pytest.mark.parametrize("target", TARGETS)
def test_a_long_search_finds_no_input_that_a_decoder_neither_reads_nor_refuses(target: str) -> None:
    found = search(target, TOTAL_S // len(TARGETS))
    print(f"D-41 {target}: {found.runs:,} inputs in {TOTAL_S // len(TARGETS)} s, peak {found.peak_mib} MiB")
    assert found.failed is None, found.explanation()
