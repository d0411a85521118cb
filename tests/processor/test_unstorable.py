"""One event that cannot be stored, of every kind, among a thousand good ones (D-10): they are stored, it is kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
from tests.partitions import drop_months_of
from tests.processor.pipe import AT_US, LineFormat, Pipe

from watchllm_server.dialects.contract import Accepted, Limits
from watchllm_server.model.event import Event, UnreadableEvent
from watchllm_server.processor.handlers import Handlers
from watchllm_server.processor.summaries import Summaries
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.reader import ClickHouseReader
from watchllm_server.stores.events.writer import ClickHouseWriter

# D-10 says 10,000, which tests/soak runs; the number of attempts grows with its logarithm alone.
COUNT: Final = 1_000
MAX_ATTEMPTS: Final = 20
MONTH_US: Final = 31 * 86_400 * 1_000_000
YEAR_US: Final = 366 * 86_400 * 1_000_000

Change = Callable[[Event], object]


def setting(**values: Any) -> Change:
    return lambda event: [setattr(event, name, value) for name, value in values.items()]


# kind → what it does to the event, and words of the reason that must be kept.
POISONS: Final[dict[str, tuple[Change, str]]] = {
    "B-120-count-over": (setting(usage={"input_tokens": 2**64}), "OverflowError"),
    "B-120-count-of-a-kind": (setting(usage={"reasoning_tokens": 2**64}), "OverflowError"),
    "B-120-count-below": (setting(usage={"input_tokens": -1}), "OverflowError"),
    "B-120-step-over": (setting(step_index=2**63), "OverflowError"),
    "B-121-cost": (setting(cost_usd=Decimal(10**6)), "precision"),
    "B-121-cost-too-exact": (setting(cost_usd=Decimal("1e-13")), "Decimal"),
    "B-121-part-of-cost": (setting(cost_breakdown={"input": Decimal(10**6)}), "precision"),
    "B-121-reported-cost": (setting(reported_cost_usd=Decimal(10**20)), "precision"),
    "B-122-nan-count": (setting(usage={"input_tokens": float("nan")}), "Arrow"),
    "B-122-nan-cost": (setting(cost_usd=Decimal("NaN")), "not a valid decimal"),
    "B-122-infinite-cost": (setting(reported_cost_usd=Decimal("Infinity")), "not a valid decimal"),
    "B-124-surrogate": (setting(name="a\ud800b"), "surrogates not allowed"),
    "B-124-surrogate-in-a-key": (setting(attributes={"\udfff": "x"}), "surrogates not allowed"),
    "B-129-before": (setting(start_us=AT_US - 130 * YEAR_US), "start_time is not between"),
    "B-129-after": (setting(end_us=AT_US + 280 * YEAR_US), "end_time is not between"),
    "B-129-beyond-64-bits": (setting(start_us=2**63), "OverflowError"),
    "wrong-type": (setting(name=5), "Arrow"),
    "refused-by-the-engine": (setting(name="poison"), "VIOLATED_CONSTRAINT"),
}  # fmt: skip
# What a store might refuse, and ours must not.
STORABLE: Final[dict[str, Change]] = {
    "B-120-largest": setting(usage={"input_tokens": 2**64 - 1}, step_index=-(2**63)),
    "B-121-largest": setting(cost_usd=Decimal("999999.999999999999")),
    "B-124-nul-and-bom": setting(name="\0\ufeff\uffff", input="\0"),
    "B-125-deep": setting(input="[" * 10_000 + "]" * 10_000, output='{"a":' * 5_000 + "1" + "}" * 5_000),
    "B-126-names-of-columns": setting(attributes={"project_id": "x", "version": "0", "": "empty", "events": "y"}),
    "B-127-ten-mebibytes": setting(input="x" * (10 << 20)),
    "B-128-unknown-words": setting(type="from_the_future", status="odd"),
    "B-129-earliest": setting(start_us=AT_US - 126 * YEAR_US),
    "B-129-latest": setting(start_us=AT_US + 270 * YEAR_US, end_us=AT_US + 271 * YEAR_US),
    "B-130-null-for-a-list": setting(tags=None, notes=None),
    "B-130-empty": setting(tags=[], notes=[], attributes={}, usage={}),
}


class PoisonFormat(LineFormat):
    """Lines of which `poison` names what is done to the event past every check."""

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        items: list[dict[str, Any]] = json.loads(body)
        poisons: list[str] = [item.pop("poison", "") for item in items]
        events = super().read_events(json.dumps(items).encode(), accepted=accepted, limits=limits)
        changes = {name: change for name, (change, _) in POISONS.items()} | STORABLE
        for event, poison in zip(events, poisons, strict=True):
            if poison:
                changes[poison](event)  # pyright: ignore[reportArgumentType]
        return events


class CountingWriter:
    """The real writer, with a count of the inserts of events."""

    def __init__(self, writer: ClickHouseWriter) -> None:
        self._writer = writer
        self.attempts = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def insert_events(self, events: Sequence[Event], token: str) -> None:
        self.attempts += 1
        await self._writer.insert_events(events, token)


@pytest.fixture
async def constraint(pipe: Pipe) -> AsyncIterator[None]:
    """What only the engine finds: the search for bad rows is left to inserts alone."""
    await pipe.client.write("ALTER TABLE events ADD CONSTRAINT no_poison CHECK CAST(name, 'String') != 'poison'")
    yield
    await pipe.client.write("ALTER TABLE events DROP CONSTRAINT no_poison")


@pytest.fixture
async def failing_view(pipe: Pipe) -> AsyncIterator[None]:
    """A view that an operator made, and that fails for some rows."""
    await pipe.client.write(
        "CREATE MATERIALIZED VIEW view_of_poison ENGINE = Memory AS SELECT CAST(project_id, 'String') AS project,"
        " throwIf(CAST(name, 'String') = 'poison', 'the view fails') AS nothing FROM events"
    )
    yield
    await pipe.client.write("DROP TABLE view_of_poison")


async def work(pipe: Pipe, *items: dict[str, Any]) -> CountingWriter:
    """Send the items as one entry and work once; returns the writer."""
    writer = CountingWriter(pipe.writer)
    handlers = Handlers({LineFormat.name: PoisonFormat()}, Limits())
    worker = pipe.worker_with(handlers, writer)
    await pipe.send(*items)
    await pipe.work(worker)
    return writer


def items_with(poison: str, place: int, count: int = COUNT) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [{"event_id": f"e{n:05}", "trace_id": f"t{n % 7}"} for n in range(count)]
    items[place]["poison"] = poison
    return items


@pytest.mark.usefixtures("constraint")
@pytest.mark.parametrize("kind", POISONS)
async def test_one_event_that_cannot_be_stored_holds_back_no_other(pipe: Pipe, kind: str) -> None:
    await check_one_bad_event(pipe, kind, COUNT)


async def check_one_bad_event(pipe: Pipe, kind: str, count: int) -> None:
    """Send one bad event among good ones: they are stored, it is a dead letter, and it took few attempts."""
    place = sorted(POISONS).index(kind) * 53 % count
    writer = await work(pipe, *items_with(kind, place, count))
    bad = f"e{place:05}"
    stored = [row["event_id"] for row in await pipe.stored("event_id")]
    assert [name for name in stored if name != bad] == [f"e{n:05}" for n in range(count) if n != place]
    assert bad not in stored
    assert await pipe.ledger() == (0, count - 1, 0, 1)
    assert writer.attempts <= MAX_ATTEMPTS
    letter = await ClickHouseLetters(pipe.client).find_letter(pipe.project_id, bad)
    assert letter is not None
    assert letter.code == "store_refused"
    assert POISONS[kind][1] in letter.message
    assert json.loads(letter.content) == [{"event_id": bad, "trace_id": f"t{place % 7}", "poison": kind}]
    assert letter.is_replayable
    # Its traces are summed up all the same: nothing of it is left behind to fail later.
    await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()
    assert (await pipe.queue.depth()).touched_traces == 0


@pytest.mark.parametrize("kind", STORABLE)
async def test_what_only_looks_unstorable_is_stored(pipe: Pipe, kind: str) -> None:
    writer = await work(pipe, *items_with(kind, 3, count=10))
    assert await pipe.ledger() == (0, 10, 0, 0)
    assert writer.attempts == 1
    assert await ClickHouseReader(pipe.client).find_event(pipe.project_id, "e00003") is not None
    await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()
    assert (await pipe.queue.depth()).touched_traces == 0


@pytest.mark.usefixtures("failing_view")
async def test_an_event_on_which_a_view_fails_is_stored_and_the_view_has_the_others(pipe: Pipe) -> None:
    # B-131: the engine puts the row into its table before it asks the view, so that it is no dead letter.
    writer = await work(pipe, *items_with("refused-by-the-engine", 700))
    assert len(await pipe.stored()) == COUNT
    assert await pipe.ledger() == (0, COUNT, 0, 0)
    assert writer.attempts <= MAX_ATTEMPTS
    assert await ClickHouseLetters(pipe.client).find_letter(pipe.project_id, "e00700") is None
    (row,) = await pipe.client.read_rows(
        "SELECT count() AS n FROM view_of_poison WHERE project = {p:String}", {"p": pipe.project_id}
    )
    assert row["n"] == COUNT - 1


async def test_events_of_101_months_are_one_insert(pipe: Pipe) -> None:
    # B-123: what the engine by itself refuses in one insert.
    writer = await work(pipe, *({"event_id": f"e{n:03}", "start_us": AT_US - n * MONTH_US} for n in range(101)))
    assert await pipe.ledger() == (0, 101, 0, 0)
    assert writer.attempts == 1
    await drop_months_of(pipe.client, pipe.project_id)


async def test_sums_of_counts_beyond_the_column_do_not_hold_back_the_summary(pipe: Pipe) -> None:
    usage = {"input_tokens": 2**64 - 1}
    calls = [{"event_id": f"e{n}", "type": "model_response", "usage": usage} for n in range(3)]
    await work(pipe, *calls)
    await Summaries(pipe.queue, pipe.writer, pipe.clock).compute_round()
    row = await ClickHouseReader(pipe.client).get_trace(pipe.project_id, "t")
    assert row is not None
    assert row["event_count"] == 3


@pytest.mark.usefixtures("constraint")
@pytest.mark.parametrize("bad", [(0,), (99,), (0, 99), (40, 41, 42), tuple(range(100))], ids=str)
async def test_several_bad_events_are_told_from_the_good_ones(pipe: Pipe, bad: tuple[int, ...]) -> None:
    items = items_with("", 0, count=100)
    for place in bad:
        items[place]["poison"] = "refused-by-the-engine"
    await work(pipe, *items)
    stored = {row["event_id"] for row in await pipe.stored("event_id")}
    assert stored == {f"e{n:05}" for n in range(100) if n not in bad}
    assert await pipe.ledger() == (0, 100 - len(bad), 0, len(bad))
    (row,) = await pipe.client.read_rows(
        "SELECT count() AS n FROM dead_letters FINAL WHERE project_id = {p:String}", {"p": pipe.project_id}
    )
    assert row["n"] == len(bad)


async def test_a_project_all_of_whose_events_fail_holds_back_no_other(pipe: Pipe) -> None:
    other = Pipe(pipe.queue, pipe.client, pipe.metadata, pipe.clock)
    bad: list[dict[str, Any]] = [{"event_id": f"e{n}", "poison": "B-124-surrogate"} for n in range(500)]
    await other.send(*({"event_id": f"good{n}"} for n in range(500)))
    writer = await work(pipe, *bad)
    assert writer.attempts == 2
    assert await pipe.ledger() == (0, 0, 0, 500)
    assert await other.ledger() == (0, 500, 0, 0)
    assert len(await other.stored()) == 500


class BrokenFormat(LineFormat):
    """A reader with a mistake."""

    def read_events(self, body: bytes, *, accepted: Accepted, limits: Limits) -> list[Event | UnreadableEvent]:
        raise ZeroDivisionError("a mistake of ours")


async def test_a_mistake_of_a_reader_makes_dead_letters_and_not_an_endless_bundle(pipe: Pipe) -> None:
    handlers = Handlers({LineFormat.name: BrokenFormat()}, Limits())
    worker = pipe.worker_with(handlers)
    await pipe.send({"event_id": "e1"}, {"event_id": "e2"})
    await pipe.work(worker)
    assert await pipe.ledger() == (0, 0, 0, 2)
    letter = await ClickHouseLetters(pipe.client).find_letter(pipe.project_id, "e2")
    assert letter is not None
    assert (letter.code, letter.message) == ("unmappable", "reading failed: ZeroDivisionError: a mistake of ours")
    assert letter.content == '[{"event_id": "e2"}]'
