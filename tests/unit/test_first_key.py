"""The key of the first start is shown to its project for a few minutes, and then forgotten."""

from __future__ import annotations

from watchllm_server.ui_backend.services import FirstKey


def test_nothing_is_shown_when_no_key_was_made() -> None:
    assert FirstKey().shown("p", 0.0) is None


def test_the_key_is_shown_to_its_own_project_alone() -> None:
    kept = FirstKey()
    kept.remember("p", "wl_key", until_s=10.0)
    assert kept.shown("other", 5.0) is None
    assert kept.shown("p", 5.0) == "wl_key"


def test_the_key_is_forgotten_for_good_when_its_time_is_over() -> None:
    kept = FirstKey()
    kept.remember("p", "wl_key", until_s=10.0)
    assert kept.shown("p", 10.0) is None
    assert kept.shown("p", 5.0) is None
