"""Health, metrics and the reference: what a probe, a scraper and a reader get without signing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.access.browser import ask
from tests.api.reading import Project, event
from tests.ingest.calls import Answer
from tests.running import Server

from watchllm_server import __version__
from watchllm_server.wiring.web import openapi_document

TOKEN = "a scrape token of some length"
FORWARDED = {"x_forwarded_for": "203.0.113.7"}


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a scrape token."""
    settings = {"WATCHLLM_METRICS_TOKEN": TOKEN}
    running = Server(tmp_path_factory.mktemp("scraped") / "data", environment=settings).start()
    yield running
    running.stop()


def anonymous(server: Server, path: str, **headers: str | None) -> Answer:
    """Ask without the key."""
    return ask(server, path, method="GET", **{"authorization": None, **headers})


def test_a_ready_server_says_so(server: Server) -> None:
    assert anonymous(server, "/livez").json == {"status": "ok"}
    assert anonymous(server, "/readyz").json == {"status": "ready", "details": None}
    stores = {"queue": "ok", "event_store": "ok", "metadata": "ok"}
    assert anonymous(server, "/healthz").json == {"status": "ok", "version": __version__, "stores": stores}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_a_probe_may_come_from_anywhere(server: Server, path: str) -> None:
    assert anonymous(server, path, **FORWARDED).status == 200


@pytest.mark.parametrize("name", ["forwarded", "x_forwarded_for", "x_real_ip"])
def test_metrics_are_refused_to_one_who_comes_through_a_proxy(server: Server, name: str) -> None:
    answer = anonymous(server, "/metrics", **{name: "203.0.113.7"})
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="loopback"),
        pytest.param({**FORWARDED, "authorization": f"Bearer {TOKEN}"}, 200, id="token"),
        pytest.param(FORWARDED, 401, id="nothing"),
        pytest.param({**FORWARDED, "authorization": f"Bearer {TOKEN}x"}, 401, id="wrong-token"),
        pytest.param({**FORWARDED, "authorization": TOKEN}, 401, id="no-scheme"),
        pytest.param({**FORWARDED, "authorization": "Bearer "}, 401, id="empty-token"),
    ],
)
def test_the_scrape_token_opens_metrics_from_elsewhere(
    scraped: Server, headers: dict[str, str | None], status: int
) -> None:
    answer = anonymous(scraped, "/metrics", **headers)
    assert answer.status == status
    assert (b"watchllm_queue_events" in answer.body) is (status == 200)


def test_an_api_key_opens_no_metrics_and_the_scrape_token_nothing_else(scraped: Server) -> None:
    assert ask(scraped, "/metrics", **FORWARDED).status == 401
    assert ask(scraped, "/api/v1/traces", authorization=f"Bearer {TOKEN}").status == 401


def metrics(server: Server) -> dict[str, float]:
    """Return the sum of each sample's values by name."""
    answer = anonymous(server, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_metrics_count_what_was_accepted_and_what_waits(empty: Project) -> None:
    before = metrics(empty.server)
    empty.store(event("a", "t"), event("b", "t"))
    after = metrics(empty.server)
    moved = {name for name, value in after.items() if value - before.get(name, 0) == 2}
    assert [name for name in moved if name.startswith("watchllm_") and name.endswith("_total")]
    for name in ("entries", "events", "bytes", "disk_bytes", "oldest_seconds"):
        assert after[f"watchllm_queue_{name}"] >= 0


def test_metrics_carry_no_id_and_no_text_of_any_project(story: Project) -> None:
    text = anonymous(story.server, "/metrics").body.decode()
    for secret in (story.project_id, story.key, story.server.api_key, "refund please", "gpt-4o", 'agent"'):
        assert secret not in text


def test_the_openapi_document_is_the_described_application(server: Server) -> None:
    document = anonymous(server, "/openapi.json").json
    assert document == openapi_document()
    assert document["info"]["version"] == __version__
    operations = [o for operations in document["paths"].values() for o in operations.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] for operation in operations)


def test_every_reference_in_the_openapi_document_leads_somewhere(server: Server) -> None:
    document = anonymous(server, "/openapi.json").json
    text = anonymous(server, "/openapi.json").body.decode()
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/docs", "text/html"), ("/docs/reference.js", "text/javascript"), ("/docs/reference.css", "text/css")],
)
def test_the_reference_is_served_with_files_of_our_own(server: Server, path: str, media_type: str) -> None:
    answer = anonymous(server, path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert not re.search(rb"""(src|href|import|url)\W{1,3}(https?:)?//""", answer.body)


@pytest.mark.parametrize("path", ["/docs/other.js", "/docs/..%2fapp.py", "/redoc", "/docs/oauth2-redirect"])
def test_there_is_nothing_else_beside_the_reference(server: Server, path: str) -> None:
    answer = anonymous(server, path)
    is_web_app: Any = answer.status == 200 and answer.headers["content-type"].startswith("text/html")
    assert answer.status == 404 or is_web_app
    assert b"swagger" not in answer.body.lower()
