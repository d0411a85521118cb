"""What the real clients sent, recorded by `make compat COMPAT=--record`, replayed to a server without any client."""

from __future__ import annotations

import pytest

from tests.compat.clients import Client
from tests.compat.environments import HERE
from tests.compat.recorder import load
from tests.compat.seen import problems_of, wait_for_trace
from tests.compat.sent import others_of, spans_of
from tests.compat.table import CLIENTS
from tests.running import Server

RECORDED = HERE / "recorded"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_what_a_client_sent_is_seen_as_it_meant_it(server: Server, client: Client) -> None:
    exchanges, billed = load(RECORDED / f"{client.name}.json")
    for exchange in exchanges:
        headers = {"Content-Type": exchange.content_type}
        if exchange.content_encoding:
            headers["Content-Encoding"] = exchange.content_encoding
        status, answer = server.request(exchange.method, exchange.path, exchange.body, headers=headers)
        assert status == exchange.status, answer
    ((trace_id, span_ids),) = spans_of(exchanges).items()
    sent = len(span_ids) + others_of(exchanges)
    seen = wait_for_trace(server, trace_id, sent)
    assert problems_of(seen, client.expected, billed, f"trip-{client.name}", sent) == []


def test_every_recorded_client_is_in_the_table() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == {client.name for client in CLIENTS}
