"""Passwords: what is stored, what is too weak, and that a stranger learns nothing and cannot take the machine."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from watchllm_server.errors import BadRequest, TooManyRequests
from watchllm_server.security.passwords import (
    MAX_WAITING,
    check_strength,
    hash_password,
    is_outdated,
    is_right,
)

GOOD = "correct horse battery staple"


async def test_the_stored_form_is_argon2id_with_the_least_that_owasp_gives() -> None:
    used = extract_parameters(await hash_password(GOOD))
    assert used.type.name == "ID"
    assert used.memory_cost >= 19 * 1024
    assert used.time_cost >= 2


async def test_two_hashes_of_one_password_differ_and_both_are_right() -> None:
    first, second = await hash_password(GOOD), await hash_password(GOOD)
    assert first != second
    assert await is_right(GOOD, first)
    assert await is_right(GOOD, second)


@pytest.mark.parametrize(
    "given", ["", GOOD.upper(), GOOD + " ", GOOD[:-1], "\0" + GOOD, "an account that does not exist", "x" * 128]
)
async def test_another_password_is_wrong(given: str) -> None:
    assert not await is_right(given, await hash_password(GOOD))


@pytest.mark.parametrize("given", ["", GOOD, "an account that does not exist"])
@pytest.mark.parametrize("stored", ["", "not a hash", "$argon2id$v=19$m=1,t=1,p=1$broken"])
async def test_nothing_opens_an_account_without_a_readable_hash(given: str, stored: str) -> None:
    assert not await is_right(given, stored)


async def test_a_password_of_any_script_works() -> None:
    assert await is_right("пароль-付款-😀-длинный", await hash_password("пароль-付款-😀-длинный"))


async def test_an_account_that_does_not_exist_takes_as_long() -> None:
    stored = await hash_password(GOOD)

    async def seconds(of: str) -> float:
        began = time.perf_counter()
        await is_right("a wrong password", of)
        return time.perf_counter() - began

    known: list[float] = []
    unknown: list[float] = []
    for _ in range(15):
        known.append(await seconds(stored))
        unknown.append(await seconds(""))
    # Without the dummy hash the ratio is beyond a thousand; a busy machine moves medians by a few tens of percent.
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("a1b2c3d4e5f", id="eleven"),
        pytest.param("ab1" * 43, id="over-128"),
        pytest.param("aaaaaaaaaaaabbb", id="few-characters"),
        pytest.param("password1234", id="common"),
        pytest.param("PassWord1234", id="common-in-another-case"),
        pytest.param("ada@Example.com", id="the-address"),
        pytest.param("", id="empty"),
    ],
)
async def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(BadRequest):
        await check_strength(password, "Ada@example.com")


@pytest.mark.parametrize("password", ["kx91-Hqz2!mw", GOOD, GOOD + " and the stable door" * 5])
async def test_a_password_of_12_to_128_characters_is_taken(password: str) -> None:
    await check_strength(password, "ada@example.com")


async def test_a_hash_with_weaker_parameters_is_known_as_such() -> None:
    weak = PasswordHasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash(GOOD)
    assert is_outdated(weak)
    assert await is_right(GOOD, weak)
    assert not is_outdated(await hash_password(GOOD))


async def test_more_logins_than_may_wait_are_told_to_come_back_and_the_rest_is_answered() -> None:
    outcomes = await asyncio.gather(*(is_right("wrong", "") for _ in range(MAX_WAITING + 10)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, TooManyRequests)]
    assert len(refused) == 10
    assert all(error.retry_after_s for error in refused)
    assert outcomes.count(False) == MAX_WAITING
    assert await is_right("wrong", "") is False


async def test_requests_go_on_while_passwords_are_hashed() -> None:
    hashing = [asyncio.create_task(hash_password(GOOD)) for _ in range(10)]
    turns = 0
    while not all(task.done() for task in hashing):
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100
