"""What every store of dead letters must do, on the real engine over a real connection."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.events.reading_data import NOON_US, event, store_events

from watchllm_server.model.event import UnreadableEvent
from watchllm_server.stores.events.client import Client
from watchllm_server.stores.events.contract import LetterEnd, LetterKey, LetterQuery
from watchllm_server.stores.events.letters import ClickHouseLetters
from watchllm_server.stores.events.writer import ClickHouseWriter

WHOLE = 1 << 40


def letter(project: str, event_id: str, version: int = 1, **changes: Any) -> UnreadableEvent:
    body = changes.pop("body", b'{"n": 1}')
    fields: dict[str, Any] = {
        "accepted_at_us": NOON_US + version, "code": "unmappable", "message": "it's odd", "format": "native.json",
        "body": body, "content": body.decode("utf-8", "replace"), **changes,
    }  # fmt: skip
    return UnreadableEvent(project_id=project, event_id=event_id, version=version, **fields)


async def ids(letters: ClickHouseLetters, project: str, query: LetterQuery | None = None) -> list[str]:
    page = await letters.list_letters(project, query or LetterQuery(), most_bytes=WHOLE)
    return [one.event_id for one in page.letters]


async def end(letters: ClickHouseLetters, project: str, event_id: str, state: LetterEnd) -> None:
    keys = await letters.select(project, LetterQuery(event_ids=[event_id]))
    assert len(keys) == 1
    await letters.end(project, keys, state)


async def test_letters_are_kept_once_and_found_with_all_that_was_written(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    for _ in range(2):
        await writer.insert_dead_letters([letter(project, f"d{at}", at + 1) for at in range(3)])
    assert sorted(await ids(letters, project)) == ["d0", "d1", "d2"]
    found = await letters.find_letter(project, "d1")
    assert found is not None
    assert (found.code, found.message, found.content, found.content_bytes) == (
        "unmappable", "it's odd", '{"n": 1}', 8,
    )  # fmt: skip
    assert (found.version, found.accepted_at_us, found.format) == (2, NOON_US + 2, "native.json")
    assert (found.is_replayable, found.state, found.ended_at_us) == (True, "kept", None)
    assert await letters.find_letter(project, "unknown") is None


async def test_a_body_comes_back_byte_by_byte_and_its_content_beside_it(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    body = bytes(range(256))
    await writer.insert_dead_letters([letter(project, "e", body=body, content="shown", body_event_ids=("e", "f"))])
    (read,) = await letters.read_bodies(project, await letters.select(project, LetterQuery()))
    assert (read.body, read.event_ids, read.format, read.version) == (body, ["e", "f"], "native.json", 1)
    assert read.accepted_at_us == NOON_US + 1
    found = await letters.find_letter(project, "e")
    assert found is not None
    assert found.content == "shown"


async def test_a_list_shows_the_beginning_of_a_content_and_the_single_letter_all_of_it(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    text = "é" * 1_000
    await writer.insert_dead_letters([letter(project, "e", body=text.encode())])
    (listed,) = (await letters.list_letters(project, LetterQuery(), most_bytes=101)).letters
    assert listed.content.startswith("é" * 50)
    assert len(listed.content) == 51
    assert listed.content_bytes == 2_000
    whole = await letters.find_letter(project, "e")
    assert whole is not None
    assert whole.content == text


async def test_half_a_surrogate_pair_does_not_keep_a_letter_from_being_stored(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_dead_letters([letter(project, "e", message="\ud800", content="a\udfffb")])
    found = await letters.find_letter(project, "e")
    assert found is not None
    assert (found.message, found.content) == ("?", "a?b")


@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_pages_give_every_letter_once_newest_first(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str, limit: int
) -> None:
    for at in range(3):
        await writer.insert_dead_letters([letter(project, f"d{at}-{n}") for n in range(3)])
    seen: list[str] = []
    query = LetterQuery(limit=limit)
    times: list[int] = []
    for _ in range(20):
        page = await letters.list_letters(project, query, most_bytes=9)
        seen += [one.event_id for one in page.letters]
        times += [one.dead_at_us for one in page.letters]
        if page.next_after is None:
            break
        query = LetterQuery(limit=limit, after=page.next_after)
    assert len(seen) == len(set(seen)) == 9
    assert times == sorted(times, reverse=True)


async def test_a_list_is_filtered_by_code_time_and_ids(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_dead_letters([letter(project, "a"), letter(project, "b", code="store_refused")])
    assert await ids(letters, project, LetterQuery(code="store_refused")) == ["b"]
    assert await ids(letters, project, LetterQuery(event_ids=["a", "none"])) == ["a"]
    (kept,) = await letters.select(project, LetterQuery(event_ids=["a"]))
    at_us = kept.dead_at_us
    assert "a" in await ids(letters, project, LetterQuery(from_us=at_us, to_us=at_us + 1))
    assert "a" not in await ids(letters, project, LetterQuery(from_us=at_us + 1))
    assert "a" not in await ids(letters, project, LetterQuery(to_us=at_us))


async def test_the_letter_of_an_event_is_that_of_its_last_version(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_dead_letters([letter(project, "e", 1, body=b"old"), letter(project, "e", 2, body=b"new")])
    assert await ids(letters, project) == ["e"]
    found = await letters.find_letter(project, "e")
    assert found is not None
    assert found.content == "new"
    await end(letters, project, "e", "replayed")
    assert await ids(letters, project) == []
    await writer.insert_dead_letters([letter(project, "e", 3, body=b"newest")])
    assert await ids(letters, project) == ["e"]


@pytest.mark.parametrize("state", ["replayed", "superseded", "discarded"])
async def test_a_letter_that_ended_stays_ended_when_its_bundle_is_repeated(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str, state: LetterEnd
) -> None:
    written = [letter(project, "e"), letter(project, "other")]
    await writer.insert_dead_letters(written)
    await end(letters, project, "e", state)
    await writer.insert_dead_letters(written)
    assert await ids(letters, project) == ["other"]
    assert await ids(letters, project, LetterQuery(state=state)) == ["e"]
    found = await letters.find_letter(project, "e")
    assert found is not None
    assert found.state == state
    assert found.ended_at_us


async def test_a_discarded_letter_has_no_content_any_more(
    event_store: Client, letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_dead_letters([letter(project, "e"), letter(project, "f", body=b"\xff", content="shown")])
    for event_id in ("e", "f"):
        await end(letters, project, event_id, "discarded")
        found = await letters.find_letter(project, event_id)
        assert found is not None
        assert (found.content, found.content_bytes, found.is_replayable) == ("", 0, False)
        assert (found.code, found.message) == ("unmappable", "it's odd")
    for table in event_store.layout.places("dead_letters"):
        await event_store.write(f"OPTIMIZE TABLE {table} FINAL")
    sql = "SELECT content, body FROM dead_letters WHERE project_id = {p:String}"
    assert await event_store.read_rows(sql, {"p": project}) == [{"content": "", "body": ""}] * 2


async def test_a_letter_is_superseded_by_a_newer_stored_version_alone(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    keys = [LetterKey(name, 5, 0, 0) for name in ("newer", "older", "none")]
    await store_events(writer, event(project, "newer", version=6), event(project, "older", version=4))
    await store_events(writer, event(f"{project}_other", "none", version=9))
    assert [key.event_id for key in await letters.find_superseded(project, keys)] == ["newer"]


async def test_more_letters_than_one_statement_takes_are_ended_together(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    names = [f"{n:04}" + "é" * 126 for n in range(1_001)]
    await writer.insert_dead_letters([letter(project, name) for name in names])
    keys = await letters.select(project, LetterQuery(event_ids=names, limit=2_000))
    assert len(keys) == 1_001
    assert len(await letters.read_bodies(project, keys)) == 1_001
    await letters.end(project, keys, "discarded")
    assert await letters.select(project, LetterQuery()) == []


async def test_letters_without_a_body_can_be_left_out(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    await writer.insert_dead_letters([letter(project, "with"), letter(project, "without", body=b"", content="x")])
    assert [key.event_id for key in await letters.select(project, LetterQuery(is_replayable=True))] == ["with"]


async def test_no_read_and_no_end_of_letters_crosses_a_project(
    letters: ClickHouseLetters, writer: ClickHouseWriter, project: str
) -> None:
    other = f"{project}_other"
    await writer.insert_dead_letters([letter(other, "d")])
    assert await ids(letters, project) == []
    assert await letters.find_letter(project, "d") is None
    keys = await letters.select(other, LetterQuery())
    assert await letters.read_bodies(project, keys) == []
    await letters.end(project, keys, "discarded")
    assert await ids(letters, other) == ["d"]
    found = await letters.find_letter(other, "d")
    assert found is not None
    assert found.content == '{"n": 1}'
