"""What bodies may hold together while they arrive, and when they are decompressed."""

from __future__ import annotations

import asyncio

import pytest

from watchllm_server.errors import Unavailable
from watchllm_server.ingest import room
from watchllm_server.ingest.room import FREE_BYTES, Room

ROOM = 100_000


async def test_small_bodies_need_no_room() -> None:
    bound = Room(0, "too many")
    for _ in range(1_000):
        with bound.share() as share:
            await share.hold(FREE_BYTES)
            assert share.held == 0


async def test_one_body_goes_on_without_room_and_others_wait_until_it_has_gone() -> None:
    bound = Room(ROOM, "too many")

    async def another() -> int:
        with bound.share() as share:
            await share.hold(FREE_BYTES + 1)
            return share.held

    with bound.share() as first:
        await first.hold(FREE_BYTES + ROOM)
        await first.hold(FREE_BYTES + 2 * ROOM)
        waiting = asyncio.create_task(another())
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert await asyncio.wait_for(waiting, 1) == 1


async def test_many_that_are_half_there_all_come_to_their_end_and_hold_no_more_than_one_body_too_much() -> None:
    bound = Room(ROOM, "too many")
    held = 0
    most = 0

    async def one() -> None:
        nonlocal held, most
        with bound.share() as share:
            for part in range(1, 5):
                before = share.held
                await share.hold(FREE_BYTES + part * ROOM // 40)
                held += share.held - before
                most = max(most, held)
                await asyncio.sleep(0)
            held -= share.held

    await asyncio.wait_for(asyncio.gather(*(one() for _ in range(50))), 5)
    assert ROOM // 2 < most <= ROOM + ROOM // 10
    with bound.share() as share:
        await share.hold(FREE_BYTES + ROOM)


async def test_what_waits_too_long_is_refused_and_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_WAIT_S", 0.05)
    bound = Room(ROOM, "too many")
    with bound.share() as first:
        await first.hold(FREE_BYTES + 2 * ROOM)
        with bound.share() as second:
            with pytest.raises(Unavailable) as caught:
                await second.hold(FREE_BYTES + 1)
            assert second.held == 0
    assert (caught.value.retry_after_s or 0) >= 1
    with bound.share() as share:
        await share.hold(FREE_BYTES + ROOM)


async def test_a_request_that_is_given_up_gives_its_room_back() -> None:
    bound = Room(ROOM, "too many")

    async def stuck() -> None:
        with bound.share() as share:
            await share.hold(FREE_BYTES + 2 * ROOM)
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with bound.share() as share:
        await asyncio.wait_for(share.hold(FREE_BYTES + ROOM), 1)


async def test_what_turns_out_smaller_lets_others_in_at_once() -> None:
    bound = Room(ROOM, "too many")
    with bound.share() as first:
        await first.hold(FREE_BYTES + ROOM)
        with bound.share() as second:
            waiting = asyncio.create_task(second.hold(FREE_BYTES + 10))
            with bound.share() as third:
                third_waits = asyncio.create_task(third.hold(FREE_BYTES + ROOM // 2))
                await asyncio.sleep(0.05)
                assert not third_waits.done()
                first.shrink(FREE_BYTES + 7)
                assert first.held == 7
                await asyncio.wait_for(asyncio.gather(waiting, third_waits), 1)
    with bound.share() as share:
        await share.hold(FREE_BYTES + ROOM)


async def test_less_than_what_is_free_gives_all_of_it_back() -> None:
    bound = Room(ROOM, "too many")
    with bound.share() as first:
        await first.hold(FREE_BYTES + ROOM)
        first.shrink(1)
        assert first.held == 0
        first.shrink(FREE_BYTES + ROOM)
        assert first.held == 0
