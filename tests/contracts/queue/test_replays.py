"""Dead letters come back into the queue once each, and the ledger balances at every step."""

from __future__ import annotations

import pytest
from tests.contracts.queue.places import Place

from watchllm_server.clock import ManualClock
from watchllm_server.errors import TooManyRequests
from watchllm_server.model.ledger import Settlement, minute_of
from watchllm_server.stores.queue.contract import Bundle, NewEntry, Queue, Replay

AT_US = 1_000_000_000_000_000
HOUR_S = 3_600


class Letters:
    """A queue of which some events became dead letters."""

    def __init__(self, queue: Queue, clock: ManualClock) -> None:
        self.queue = queue
        self.clock = clock

    async def lease(self) -> Bundle:
        bundle = await self.queue.lease("a", max_events=1_000, max_bytes=1 << 20, lease_s=60)
        assert bundle is not None
        return bundle

    async def dead_letter(self, *event_ids: str) -> list[Replay]:
        """Accept events and settle them as dead-lettered; returns their letters."""
        entry = NewEntry(
            project_id="p", format="native.json", body=b"[]", event_ids=list(event_ids), accepted_at_us=AT_US
        )
        version = await self.queue.enqueue(entry)
        dead = Settlement("p", minute_of(AT_US), dead_lettered=len(event_ids))
        await self.queue.acknowledge(await self.lease(), [dead], [])
        return [replay_of(event_id, version) for event_id in event_ids]

    async def counts(self) -> tuple[int, int, int, int]:
        """Return received, queued, stored and dead-lettered of the one minute, which must balance."""
        (row,) = await self.queue.list_ledger("p", from_us=0, to_us=1 << 60)
        assert row.minute_us == minute_of(AT_US)
        assert row.is_balanced, row
        assert await self.queue.imbalance(from_us=0) == 0
        return row.received, row.queued, row.stored, row.dead_lettered


def replay_of(event_id: str, version: int) -> Replay:
    return Replay(
        project_id="p", format="native.json", body=b"{}", event_ids=[event_id], accepted_at_us=AT_US, version=version
    )


@pytest.fixture
async def letters(place: Place) -> Letters:
    return Letters(await place.open(max_events=10), place.clock)


async def test_a_replayed_letter_moves_from_dead_lettered_to_queued_and_is_received_once(letters: Letters) -> None:
    first, second = await letters.dead_letter("e1", "e2")
    assert await letters.counts() == (2, 0, 0, 2)
    assert await letters.queue.replay([first]) == ["queued"]
    assert await letters.counts() == (2, 1, 0, 1)
    bundle = await letters.lease()
    (entry,) = bundle.entries
    assert (entry.event_ids, entry.body, entry.format, entry.accepted_at_us) == (["e1"], b"{}", "native.json", AT_US)
    assert entry.sequence > second.version
    await letters.queue.acknowledge(bundle, [Settlement("p", minute_of(AT_US), stored=1)], [])
    assert await letters.counts() == (2, 0, 1, 1)


async def test_a_letter_is_accepted_once_however_often_it_is_given(letters: Letters) -> None:
    (letter,) = await letters.dead_letter("e1")
    assert await letters.queue.replay([letter, letter]) == ["queued", "queued"]
    assert await letters.queue.replay([letter]) == ["queued"]
    assert await letters.counts() == (1, 1, 0, 0)
    await letters.queue.settle_replays("p", [("e1", letter.version)])
    letters.clock.advance(HOUR_S - 1)
    assert await letters.queue.replay([letter]) == ["queued"]
    assert (await letters.queue.depth()).events == 1


async def test_what_was_given_survives_closing_and_opening(letters: Letters, place: Place) -> None:
    (letter,) = await letters.dead_letter("e1")
    await letters.queue.replay([letter])
    other = await place.open(max_events=10)
    assert await other.replay([letter]) == ["queued"]
    assert (await other.depth()).events == 1


async def test_a_letter_whose_bundle_is_not_acknowledged_waits(letters: Letters) -> None:
    entry = NewEntry(project_id="p", format="native.json", body=b"[]", event_ids=["e1"], accepted_at_us=AT_US)
    version = await letters.queue.enqueue(entry)
    bundle = await letters.lease()
    assert await letters.queue.replay([replay_of("e1", version)]) == ["busy"]
    assert await letters.counts() == (1, 1, 0, 0)
    await letters.queue.acknowledge(bundle, [Settlement("p", minute_of(AT_US), dead_lettered=1)], [])
    assert await letters.queue.replay([replay_of("e1", version)]) == ["queued"]
    assert await letters.counts() == (1, 1, 0, 0)


async def test_a_letter_that_is_dead_lettered_again_is_another_letter(letters: Letters) -> None:
    (letter,) = await letters.dead_letter("e1")
    await letters.queue.replay([letter])
    bundle = await letters.lease()
    await letters.queue.acknowledge(bundle, [Settlement("p", minute_of(AT_US), dead_lettered=1)], [])
    assert await letters.counts() == (1, 0, 0, 1)
    again = replay_of("e1", bundle.entries[0].sequence)
    assert await letters.queue.replay([letter, again]) == ["queued", "queued"]
    assert await letters.counts() == (1, 1, 0, 0)


async def test_a_letter_of_another_queue_is_received_here_for_the_first_time(letters: Letters) -> None:
    assert await letters.queue.replay([replay_of("e1", 7)]) == ["queued"]
    assert await letters.counts() == (1, 1, 0, 0)


async def test_a_full_queue_takes_no_letter_of_the_call(letters: Letters) -> None:
    made = [letter for at in range(2) for letter in await letters.dead_letter(*(f"e{at}-{n}" for n in range(6)))]
    with pytest.raises(TooManyRequests) as refusal:
        await letters.queue.replay(made)
    assert refusal.value.code == "queue_full"
    assert await letters.counts() == (12, 0, 0, 12)
    assert await letters.queue.replay(made[:10]) == ["queued"] * 10
    assert await letters.counts() == (12, 10, 0, 2)
