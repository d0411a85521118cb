"""What is special to the queue on Redis: what it asks of Redis, its memory, lost answers, and a Redis that forgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.servers.redis import RedisServer

from watchllm_server.clock import ManualClock, SystemClock
from watchllm_server.errors import SettingsError, TooManyRequests, Unavailable
from watchllm_server.model.ledger import Settlement, minute_of
from watchllm_server.stores.queue.contract import Bundle, NewEntry, TouchedTrace
from watchllm_server.stores.queue.redis import RedisQueue
from watchllm_server.stores.queue.redis_connection import RedisConnection

AT_US = 1_000_000_000_000_000
Starter = Callable[..., RedisServer]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Starter]:
    """Start servers of this test alone, with settings of their own."""
    running: list[RedisServer] = []

    def start(*settings: str) -> RedisServer:
        running.append(RedisServer(tmp_path / f"redis-{len(running)}", *settings).start())
        return running[-1]

    yield start
    for server in running:
        server.kill()


async def open_queue(server: RedisServer, *, accepts_one_second_loss: bool = False) -> RedisQueue:
    return await RedisQueue.open(
        server.url, clock=SystemClock(), max_events=1_000, max_bytes=1 << 30,
        accepts_one_second_loss=accepts_one_second_loss,
    )  # fmt: skip


def entry(*event_ids: str, body: bytes = b"[]") -> NewEntry:
    return NewEntry(project_id="p", format="native.json", body=body, event_ids=list(event_ids), accepted_at_us=AT_US)


async def lease(queue: RedisQueue, owner: str = "a") -> Bundle:
    bundle = await queue.lease(owner, max_events=1_000, max_bytes=1 << 20, lease_s=60)
    assert bundle is not None
    return bundle


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        (("--maxmemory-policy", "allkeys-lru", "--appendonly", "yes", "--appendfsync", "always"), "noeviction"),
        (("--maxmemory-policy", "noeviction", "--appendonly", "no"), "appendonly yes"),
        (("--maxmemory-policy", "noeviction", "--appendonly", "yes", "--appendfsync", "no"), "appendfsync always"),
        (
            ("--maxmemory-policy", "noeviction", "--appendonly", "yes", "--appendfsync", "everysec"),
            "WATCHLLM_ACCEPT_ONE_SECOND_LOSS=1",
        ),
    ],
)
async def test_a_redis_that_would_forget_is_refused_with_the_setting_to_change(
    started: Starter, settings: tuple[str, ...], change: str
) -> None:
    server = started(*settings)
    with pytest.raises(SettingsError, match=change):
        await open_queue(server)


async def test_a_second_of_loss_is_accepted_by_its_setting_alone_and_shown(started: Starter) -> None:
    server = started("--maxmemory-policy", "noeviction", "--appendonly", "yes", "--appendfsync", "everysec")
    queue = await open_queue(server, accepts_one_second_loss=True)
    assert (await queue.depth()).syncs_each_second
    await queue.close()
    server.command("CONFIG", "SET", "appendfsync", "no")
    with pytest.raises(SettingsError, match="appendfsync no"):
        await open_queue(server, accepts_one_second_loss=True)


async def test_nobody_who_answers_is_said_at_the_start(started: Starter) -> None:
    server = started()
    server.kill()
    with pytest.raises(Unavailable) as refusal:
        await open_queue(server)
    assert refusal.value.code == "queue_unavailable"


async def test_full_memory_refuses_new_events_and_lets_the_others_go_their_way(started: Starter) -> None:
    server = started()
    queue = await open_queue(server)
    await queue.enqueue(entry("e1", "e2"))
    server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(TooManyRequests) as refusal:
        await queue.enqueue(entry("e3"))
    assert refusal.value.code == "queue_full"
    bundle = await lease(queue)
    await queue.record_plan(bundle, [], [])
    settled = [Settlement("p", minute_of(AT_US), stored=2)]
    await queue.acknowledge(bundle, settled, [TouchedTrace("p", "t")])
    assert (await queue.depth()).events == 0
    assert await queue.imbalance(from_us=0) == 0
    await queue.close()


async def test_a_lease_whose_answer_was_lost_is_free_for_its_owner_at_once(started: Starter) -> None:
    server = started()
    queue, other = await open_queue(server), await open_queue(server)
    await queue.enqueue(entry("e1"))
    first = await lease(queue)
    await queue.enqueue(entry("e2"))
    # What an answer that was cut off leaves behind: Redis has leased, and the owner does not know.
    connection = RedisConnection(server.url, ManualClock())
    await connection.run("take", "a", 10, 1 << 20, 60_000, 0, "ffff", 10, first.bundle_id.rpartition(".")[2])
    await connection.close()
    assert await other.lease("b", max_events=10, max_bytes=1 << 20, lease_s=60) is None
    again = await lease(queue)
    assert (again.entries[0].event_ids, again.attempts) == (["e2"], 2)
    assert await queue.lease("a", max_events=10, max_bytes=1 << 20, lease_s=60) is None
    await queue.close()
    await other.close()


async def test_an_acknowledgement_whose_answer_was_lost_may_be_repeated_and_counts_once(started: Starter) -> None:
    server = started()
    queue = await open_queue(server)
    await queue.enqueue(entry("e1"))
    bundle = await lease(queue)
    for _ in range(2):
        await queue.acknowledge(bundle, [Settlement("p", minute_of(AT_US), stored=1)], [])
    (row,) = await queue.list_ledger("p", from_us=0, to_us=1 << 60)
    assert (row.stored, row.is_balanced) == (1, True)
    await queue.close()


async def test_what_was_answered_survives_a_kill_of_redis(started: Starter) -> None:
    server = started()
    queue = await open_queue(server)
    sequences = [await queue.enqueue(entry(f"e{n}")) for n in range(20)]
    held = await lease(queue)
    await queue.record_plan(held, [], [])
    server.kill()
    with pytest.raises(Unavailable) as refusal:
        await queue.enqueue(entry("late"))
    assert refusal.value.code == "queue_unavailable"
    server.start()
    assert await queue.enqueue(entry("after")) > sequences[-1]
    await queue.acknowledge(held, [Settlement("p", minute_of(AT_US), stored=20)], [])
    after = await lease(queue)
    assert after.entries[0].event_ids == ["after"]
    # It may have lost its last moments: a token of before must not name rows of now.
    assert after.bundle_id.partition(".")[0] != held.bundle_id.partition(".")[0]
    assert (await queue.depth()).lost_events == 0
    await queue.close()


async def test_a_redis_that_forgot_is_noticed_by_whoever_was_answered_and_counted(started: Starter) -> None:
    server = started()
    queue = await open_queue(server)
    before = [await queue.enqueue(entry(f"e{n}", f"f{n}")) for n in range(3)]
    server.command("FLUSHALL")
    after = await queue.enqueue(entry("e9"))
    assert after > before[-1]
    (loss,) = await queue.list_losses()
    assert (loss.after_sequence, loss.last_sequence, loss.commits, loss.events) == (0, before[-1], 3, 6)
    assert (await queue.depth()).lost_events == 6
    found = [Settlement("p", minute_of(AT_US), stored=2)]
    assert await queue.mend(loss, found, [])
    assert not await queue.mend(loss, found, [])
    assert await queue.list_losses() == []
    assert (await queue.depth()).lost_events == 4
    assert await queue.imbalance(from_us=0) == 0
    await queue.close()
