"""The administration of a project in a real browser."""

from __future__ import annotations

import re

import pytest

from tests.e2e.browsing import BROWSER, browse
from tests.mailbox import mail_server
from tests.running import EMAIL, PASSWORD, Server, wait_until

pytestmark = pytest.mark.skipif(BROWSER is None, reason="cannot have: no Chromium, and no right to install it")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_makes_a_project_and_looks_after_its_keys(server: Server, theme: str) -> None:
    browse("settings.mjs", server.base_url, EMAIL, PASSWORD, theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_deletes_a_trace_and_an_end_user_for_good(server: Server, theme: str) -> None:
    browse("deletion.mjs", server.base_url, EMAIL, PASSWORD, server.api_key, server.project_id, theme)


def test_a_person_who_lost_the_password_sets_a_new_one_by_mail(fresh_server: Server) -> None:
    with mail_server() as box:
        fresh_server.environment["WATCHLLM_SMTP_URL"] = box.url
        fresh_server.start()
        browse("reset.mjs", fresh_server.base_url, "ask", EMAIL)
        wait_until(lambda: box.to(EMAIL))
        link = re.search(r"(http\S+)/auth/reset/(\S+)", box.to(EMAIL)[0].get_content())
        assert link is not None
        assert link[1] == fresh_server.base_url
        browse("reset.mjs", fresh_server.base_url, "set", link[2], "another horse without a battery")


def test_a_person_signs_other_browsers_out_and_changes_the_password(fresh_server: Server) -> None:
    fresh_server.start()
    browse("account.mjs", fresh_server.base_url, EMAIL, PASSWORD, "another horse without a battery")
