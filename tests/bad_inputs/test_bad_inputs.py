"""Walks the table against one running server; after each case it must still answer, and its ledger must balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.bad_inputs import (
    absent,
    credentials,
    encodings,
    framing,
    native_bodies,
    native_events,
    otlp,
    overload,
    reading,
)
from tests.bad_inputs.case import Case, code_of, event
from tests.ingest.calls import new_id, stored
from tests.running import Server, wait_until

CASES = [case for part in (credentials, framing, encodings, native_bodies, native_events, otlp, reading)
         for case in part.CASES]  # fmt: skip
ROWS = {f"B-{number:02d}" for number in range(1, 109)}
# What an answer may repeat of a value that was refused.
SHOWN_BYTES = 64


@pytest.fixture(scope="module")
def bad_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these cases alone: they use up its limits, and wait for its timeouts."""
    settings = {"WATCHLLM_BODY_TIMEOUT_S": str(framing.BODY_TIMEOUT_S), "WATCHLLM_READS_PER_MINUTE": "1000000"}
    running = Server(tmp_path_factory.mktemp("bad_inputs") / "data", environment=settings).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def full_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that cannot accept anything."""
    running = Server(tmp_path_factory.mktemp("full") / "data", environment=overload.ENVIRONMENT).start()
    yield running
    running.stop()


def params(cases: list[Case]) -> list[object]:
    return [pytest.param(case, id=f"{case.row} {case.what}"[:80]) for case in cases]


@pytest.mark.parametrize("case", params(CASES))
def test_a_bad_input_gets_what_its_row_says(bad_server: Server, case: Case) -> None:
    check(bad_server, case)


@pytest.mark.parametrize("case", params(overload.CASES))
def test_a_server_that_cannot_accept_says_so(full_server: Server, case: Case) -> None:
    check(full_server, case)


def check(server: Server, case: Case) -> None:
    event_id = new_id()
    answer = case.ask(server, event_id)
    assert answer.status == case.status, answer.body[:500]
    if case.code:
        assert code_of(answer) == case.code
    if case.then is not None:
        case.then(server, event_id, answer)
    assert answer.status < 500 or case.status == 503
    assert server.get("/api/v1/ledger")["balanced"] is True


@pytest.mark.parametrize("long", ["eventId", "type", "timestamp", "projectId", "traceId", "environment"])
def test_an_error_never_repeats_a_long_value(bad_server: Server, long: str) -> None:
    secret = "s" * 500
    answer = event(**{long: secret})(bad_server, new_id())
    assert answer.status == 422
    assert secret[: SHOWN_BYTES + 1].encode() not in answer.body


def test_after_all_of_them_the_server_stores_and_nothing_is_a_dead_letter(bad_server: Server) -> None:
    event_id = new_id()
    assert event()(bad_server, event_id).status == 202
    assert stored(bad_server, event_id)["output"] == "hello"
    wait_until(lambda: bad_server.get("/api/v1/ledger")["totals"]["queued"] == 0)
    ledger = bad_server.get("/api/v1/ledger")
    assert (ledger["balanced"], ledger["totals"]["dead_lettered"]) == (True, 0)
    log = (bad_server.data_dir / "serve.log").read_text()
    assert "request failed" not in log
    assert "Traceback" not in log
    assert bad_server.api_key not in log


def test_every_row_is_a_case_or_says_what_it_comes_with() -> None:
    told = {case.row for case in [*CASES, *overload.CASES]}
    assert told | set(absent.ABSENT) == ROWS
    assert not told & set(absent.ABSENT)


def test_no_two_cases_are_the_same() -> None:
    names = Counter((case.row, case.what, case.status, case.code) for case in [*CASES, *overload.CASES])
    assert [name for name, count in names.items() if count > 1] == []
