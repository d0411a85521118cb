"""A list of plain ids is bound as the driver would bind it; anything else is left to the driver."""

from __future__ import annotations

from typing import Any

import pytest
from clickhouse_connect.driver.binding import bind_query

from watchllm_server.stores.events.binding import bound

QUERY = "SELECT 1 WHERE x IN {ids:Array(String)}"


def literal_of(parameters: dict[str, Any]) -> str:
    """Return what the driver would send for `ids`."""
    return bind_query(QUERY, parameters)[1]["param_ids"].replace(", ", ",")


@pytest.mark.parametrize(
    "ids",
    [
        ["0af7651916cd43dd8448eb211c80319c"],
        ["a", "b:c/d@e.f", "x=y+z-1_2"],
        [""],
        [],
        ["it's", "plain"],
        ["back\\slash", "tab\t", "line\n", "`tick`"],
        ["é", "日本", "\U0001f600", "a b", "[1,2]", "','"],
    ],
)
def test_a_list_is_bound_to_the_literal_that_the_driver_makes(ids: list[str]) -> None:
    assert literal_of(bound({"ids": ids})) == literal_of({"ids": ids})


def test_other_values_are_left_to_the_driver() -> None:
    given = {"project": "p'", "ids": [1, 2], "mixed": ["a", 1], "none": None, "pair": ("a", "b")}
    assert bound(given) == given
