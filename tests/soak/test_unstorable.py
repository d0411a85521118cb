"""Fault D-10 at full count: one event of each kind that cannot be stored, in a batch of 10,000."""

from __future__ import annotations

import pytest

from tests.processor.conftest import pipe  # noqa: F401  # pyright: ignore[reportUnusedImport]
from tests.processor.pipe import Pipe
from tests.processor.test_unstorable import (
    POISONS,
    check_one_bad_event,
    constraint,  # noqa: F401  # pyright: ignore[reportUnusedImport]
)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("constraint")
@pytest.mark.parametrize("kind", POISONS)
async def test_one_bad_event_of_ten_thousand_holds_back_no_other(pipe: Pipe, kind: str) -> None:  # noqa: F811
    await check_one_bad_event(pipe, kind, 10_000)
