"""Guessing is slow: attempts per address and per account, and reads per key, have limits that say when to come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.browser import Browser, ask
from tests.access.tenants import Tenants
from tests.ingest.calls import BATCH, Answer, log_event, new_id, send_json
from tests.running import PASSWORD, Server

READS = 5


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("limits") / "data"
    running = Server(folder, environment={"WATCHLLM_READS_PER_MINUTE": str(READS)}).start()
    yield running
    running.stop()


def is_told_to_wait(answer: Answer, most_s: int) -> bool:
    return answer.code == "rate_limited" and 1 <= int(answer.headers["retry-after"]) <= most_s


def test_the_sixth_attempt_at_an_account_is_refused_whatever_the_password(
    open_server: Server, tenants: Tenants
) -> None:
    user, other = tenants.add_user(PASSWORD), tenants.add_user(PASSWORD)
    browser = Browser(open_server)
    assert [browser.login(user.email, "wrong password!").status for _ in range(5)] == [401] * 5
    for email, password in ((user.email, "wrong password!"), (user.email, PASSWORD), (user.email.upper(), PASSWORD)):
        answer = browser.login(email, password)
        assert answer.status == 429
        assert is_told_to_wait(answer, 15 * 60)
        assert "set-cookie" not in answer.headers
    assert browser.login(other.email).status == 200


def test_an_account_that_does_not_exist_is_limited_alike(open_server: Server) -> None:
    browser, email = Browser(open_server), f"{new_id()}@example.com"
    assert [browser.login(email, "wrong password!").status for _ in range(6)] == [401] * 5 + [429]


def test_a_success_starts_the_count_of_the_account_anew(open_server: Server, tenants: Tenants) -> None:
    user, browser = tenants.add_user(PASSWORD), Browser(open_server)
    for _ in range(3):
        statuses = [browser.login(user.email, given).status for given in ("wrong one!", "wrong two!", PASSWORD)]
        assert statuses == [401, 401, 200]


def test_the_eleventh_attempt_of_an_address_in_a_minute_is_refused_for_any_account_and_way_in(
    limited: Server,
) -> None:
    statuses = [Browser(limited).login(f"{new_id()}@example.com", "wrong password!").status for _ in range(9)]
    statuses.append(Browser(limited).use_link("no such link").status)
    assert statuses == [401] * 10
    for answer in (Browser(limited).login(), Browser(limited).use_link("no such link")):
        assert answer.status == 429
        assert is_told_to_wait(answer, 60)


def test_a_forwarded_address_that_a_stranger_invents_changes_nothing(limited: Server) -> None:
    # The test before has used up this address's attempts; without a proxy nobody may claim another.
    addresses = [f"203.0.113.{at}" for at in range(12)]
    browser, email = Browser(limited), f"{new_id()}@example.com"
    assert [browser.login(email, "x", x_forwarded_for=address).status for address in addresses][-1] == 429


def test_reads_are_limited_by_key_and_sending_is_not(limited: Server) -> None:
    def read(key: str) -> Answer:
        return ask(limited, "/api/v1/traces", method="GET", authorization=f"Bearer {key}")

    other = Tenants(limited).add_key(limited.project_id, "read")
    assert [read(limited.api_key).status for _ in range(READS)] == [200] * READS
    answer = read(limited.api_key)
    assert answer.status == 429
    assert is_told_to_wait(answer, 60)
    assert read(other).status == 200
    assert [send_json(limited, BATCH, [log_event(new_id())]).status for _ in range(READS * 2)] == [202] * READS * 2
