"""Letters through a real mail server: a lost password, and invites."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from tests.access.browser import Browser
from tests.access.people import Person
from tests.access.tenants import Tenants
from tests.mailbox import SECRET, Mailbox, mail_server
from tests.running import PASSWORD, Server, wait_until

RESET = "/api/v1/auth/reset"
NEW = "a long enough passphrase, really"
PUBLIC = "https://watch.example.com"


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def server(box: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        "WATCHLLM_SMTP_URL": box.url,
        "WATCHLLM_PUBLIC_URL": f"{PUBLIC}/", "WATCHLLM_MAIL_FROM": "watch@example.com",
        "WATCHLLM_LOGINS_PER_MINUTE": "1000",
    }  # fmt: skip
    running = Server(tmp_path_factory.mktemp("mail") / "data", environment=environment).start()
    yield running
    running.stop()


@pytest.fixture
def tenants(server: Server) -> Tenants:
    return Tenants(server)


def ask(server: Server, email: str) -> Any:
    return Browser(server).call("POST", RESET, {"email": email})


def token_of(letter: EmailMessage, path: str) -> str:
    found = re.search(rf"{re.escape(PUBLIC)}/auth/{path}/([A-Za-z0-9_-]+)", letter.get_content())
    assert found is not None, letter.get_content()
    return found[1]


def set_new(server: Server, token: str, password: str = NEW) -> Any:
    return Browser(server).call("PUT", RESET, {"token": token, "new": password})


def test_a_lost_password_is_replaced_by_a_link_that_works_once(server: Server, tenants: Tenants, box: Mailbox) -> None:
    user = tenants.add_user(PASSWORD)
    open_session = Browser(server, tenants.add_session(user.user_id))
    # Addresses compare without case; the letter goes to the one that is known.
    assert (ask(server, user.email.upper()).status, ask(server, user.email.upper()).json) == (
        202,
        {"status": "requested"},
    )
    wait_until(lambda: len(box.to(user.email)) == 2)
    letter = box.to(user.email)[0]
    assert (letter["From"], letter["Auto-Submitted"]) == ("watch@example.com", "auto-generated")
    token = token_of(letter, "reset")
    # It is no way in, and a weak password leaves it as it is.
    assert Browser(server).use_link(token).status == 401
    assert set_new(server, token, "password1234").status == 400
    assert open_session.is_signed_in
    answer = set_new(server, token)
    assert (answer.status, answer.json["user"]["email"]) == (200, user.email)
    assert "set-cookie" in answer.headers
    assert not open_session.is_signed_in
    assert Browser(server).login(user.email, NEW).status == 200
    assert Browser(server).login(user.email, PASSWORD).status == 401
    # Used once; the other letter's link went with the password that it was for.
    for used in (token, token_of(box.to(user.email)[1], "reset")):
        assert (set_new(server, used).status, set_new(server, used).code) == (401, "bad_link")
    assert SECRET not in server.log()
    assert token not in server.log()


def test_an_address_without_an_account_is_answered_alike_and_gets_no_letter(
    server: Server, tenants: Tenants, box: Mailbox
) -> None:
    user = tenants.add_user(PASSWORD)
    known, unknown = ask(server, user.email), ask(server, "nobody@example.com")
    assert (known.status, known.body) == (unknown.status, unknown.body)
    wait_until(lambda: box.to(user.email))
    assert box.to("nobody@example.com") == []


def test_a_login_link_sets_no_password(server: Server, tenants: Tenants) -> None:
    user = tenants.add_user(PASSWORD)
    link = tenants.add_link(user.user_id)
    assert set_new(server, link).status == 401
    assert Browser(server).use_link(link).status == 200


def test_three_letters_an_hour_are_enough(server: Server, tenants: Tenants, box: Mailbox) -> None:
    user = tenants.add_user(PASSWORD)
    assert [ask(server, user.email).status for _ in range(4)] == [202, 202, 202, 429]
    assert int(ask(server, user.email).headers["retry-after"]) > 3_000
    wait_until(lambda: len(box.to(user.email)) == 3)


def test_an_invite_goes_by_letter_and_is_not_shown(server: Server, tenants: Tenants, box: Mailbox) -> None:
    owner = Person(server, tenants)
    project_id = owner.make_project("Überweisung")
    made = owner.call("POST", f"/{project_id}/invites", {"email": "carol@example.com", "role": "MEMBER"})
    assert (made.status, made.json["link"]) == (201, None)
    (letter,) = box.to("carol@example.com")
    assert owner.user.email in letter.get_content()
    assert "Überweisung" in letter["Subject"]
    body = {"token": token_of(letter, "invite"), "name": "Carol", "password": NEW}
    assert Browser(server).call("POST", "/api/v1/auth/invites/accept", body).status == 200


def test_without_a_mail_server_links_are_shown_and_a_reset_says_who_can_help(
    open_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answer = ask(open_server, "ada@example.com")
    assert (answer.status, answer.code) == (409, "no_mail")
    assert "watchllm admin reset-password" in answer.json["error"]["message"]


def test_a_mail_server_that_is_away_holds_nobody_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Nobody listens there.
    environment = {"WATCHLLM_SMTP_URL": "smtp://127.0.0.1:9", "WATCHLLM_MAIL_TIMEOUT_S": "1"}
    running = Server(tmp_path_factory.mktemp("away") / "data", environment=environment).start()
    try:
        owner = Person(running, Tenants(running))
        began_s = time.monotonic()
        made = owner.call("POST", f"/{owner.make_project()}/invites", {"email": "c@example.com", "role": "VIEWER"})
        assert made.json["link"].startswith("/auth/invite/")
        assert ask(running, "ada@example.com").status == 202
        assert time.monotonic() - began_s < 10
        wait_until(lambda: "a letter could not be sent" in running.log())
    finally:
        running.stop()
