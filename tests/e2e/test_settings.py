"""The administration of a project in a real browser."""

from __future__ import annotations

import pytest

from tests.e2e.browsing import BROWSER, browse
from tests.running import EMAIL, PASSWORD, Server

pytestmark = pytest.mark.skipif(BROWSER is None, reason="cannot have: no Chromium, and no right to install it")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_makes_a_project_and_looks_after_its_keys(server: Server, theme: str) -> None:
    browse("settings.mjs", server.base_url, EMAIL, PASSWORD, theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_deletes_a_trace_and_an_end_user_for_good(server: Server, theme: str) -> None:
    browse("deletion.mjs", server.base_url, EMAIL, PASSWORD, server.api_key, server.project_id, theme)


def test_a_person_signs_other_browsers_out_and_changes_the_password(fresh_server: Server) -> None:
    fresh_server.start()
    browse("account.mjs", fresh_server.base_url, EMAIL, PASSWORD, "another horse without a battery")
