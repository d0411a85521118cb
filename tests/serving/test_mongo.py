"""A whole server whose metadata is in MongoDB: it is there alone, and an absence of it passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.browser import Browser
from tests.ingest.calls import log_event, new_id
from tests.running import Server, wait_until
from tests.servers.ferretdb import Ferret

pytestmark = pytest.mark.timeout(1_200)  # the first run of a checkout builds FerretDB, which takes minutes once


@pytest.fixture
def on_mongo(own_ferret: Ferret, tmp_path: Path) -> Iterator[Server]:
    """A server that is started, beside a MongoDB that the test may stop."""
    url = own_ferret.url("watchllm", "?serverSelectionTimeoutMS=500")
    running = Server(tmp_path / "data", environment={"WATCHLLM_METADATA": url}).start()
    yield running
    running.kill()


def test_while_mongodb_is_away_everybody_is_told_to_come_back_and_then_it_works(
    on_mongo: Server, own_ferret: Ferret
) -> None:
    assert not list(on_mongo.data_dir.glob("metadata.db*"))
    assert Browser(on_mongo).login().status == 200
    event_id = new_id()
    assert on_mongo.request("POST", "/api/v1/events", log_event(event_id, traceId=new_id()))[0] == 202
    own_ferret.stop()
    status, answer = on_mongo.request("POST", "/api/v1/events", log_event(new_id()))
    assert (status, answer["error"]["code"]) == (503, "metadata_unavailable")
    status, answer = on_mongo.request("GET", "/readyz")
    assert (status, list(answer["details"])) == (503, ["metadata"])
    assert on_mongo.request("GET", "/livez")[0] == 200
    own_ferret.start()
    wait_until(lambda: on_mongo.request("GET", "/readyz")[0] == 200, timeout_s=30)
    assert on_mongo.request("POST", "/api/v1/events", log_event(new_id(), traceId=new_id()))[0] == 202
    wait_until(lambda: on_mongo.request("GET", f"/api/v1/events/{event_id}")[0] == 200, timeout_s=40)
    assert on_mongo.stop() == 0
    assert "Traceback" not in on_mongo.log()


def test_a_second_server_with_the_same_mongodb_knows_the_same_people(
    on_mongo: Server, own_ferret: Ferret, tmp_path: Path
) -> None:
    """The keys of hashes are of the data folder: they go with the metadata."""
    on_mongo.stop()
    (tmp_path / "other").mkdir(mode=0o700)
    (on_mongo.data_dir / "keys").rename(tmp_path / "other" / "keys")
    other = Server(tmp_path / "other", environment=on_mongo.environment).start()
    try:
        assert Browser(other).login().status == 200
        assert other.request("POST", "/api/v1/events", log_event(new_id(), traceId=new_id()))[0] == 202
    finally:
        other.kill()
