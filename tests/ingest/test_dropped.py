"""What an SDK says that it dropped enters the ledger once, and only with a batch that is accepted."""

from __future__ import annotations

import pytest
from tests.ingest.calls import BATCH, EVENT, log_event, new_id, rejections, send, send_json, stored
from tests.running import Server

from watchllm_server.ingest.dropped import read_dropped


def gained(server: Server, before: dict[str, int]) -> dict[str, int]:
    """Return what the ledger of SDK drops has gained."""
    now = rejections(server)
    return {code: n - before.get(code, 0) for code, n in now.items() if n != before.get(code, 0) and "sdk:" in code}


@pytest.mark.parametrize("path", [EVENT, BATCH])
def test_drops_are_counted_with_the_batch_that_reports_them(server: Server, path: str) -> None:
    before, event_id = rejections(server), new_id()
    answer = send_json(server, path, log_event(event_id), x_watchllm_dropped='{"queue_full": 3, "expired": 2}')
    assert answer.status == 202
    assert gained(server, before) == {"sdk:queue_full": 3, "sdk:expired": 2}
    stored(server, event_id)
    ledger = server.get("/api/v1/ledger")["totals"]
    rejected = sum(ledger["rejected"].values())
    settled = rejected + ledger["duplicate"] + ledger["queued"] + ledger["stored"] + ledger["dead_lettered"]
    assert ledger["received"] == settled


def test_drops_come_with_an_empty_batch_too(server: Server) -> None:
    before = rejections(server)
    assert send(server, BATCH, b"[]", x_watchllm_dropped='{"shutdown": 4}').status == 202
    assert gained(server, before) == {"sdk:shutdown": 4}


def test_a_refused_batch_counts_no_drops(server: Server) -> None:
    """An SDK reports them again with the next batch: counted here, they would count twice."""
    before = rejections(server)
    for body in (b'[{"type": "log", "body": {}}]', b"{broken"):
        assert send(server, BATCH, body, x_watchllm_dropped='{"auth": 5}').status in (400, 422)
    assert gained(server, before) == {}


@pytest.mark.parametrize(
    "header",
    [None, "", "not json", "[]", "7", '{"queue_full": ', '{"unknown_reason": 1}', '{"queue_full": -1}',
     '{"queue_full": 0}', '{"queue_full": true}', '{"queue_full": 1.5}', '{"queue_full": "1"}',
     '{"queue_full": 1000000000000}', '{"queue_full": 1' + " " * 1_024 + "}"],
)  # fmt: skip
def test_a_header_that_cannot_be_read_counts_nothing(header: str | None) -> None:
    assert read_dropped(header) == {}


def test_known_reasons_are_kept_beside_unknown_ones() -> None:
    assert read_dropped('{"queue_full": 1, "made_up": 2}') == {"sdk:queue_full": 1}
