"""What SDKs made for other servers ask and send, answered as they expect."""

from __future__ import annotations

import base64
import gzip
import time

import pytest
from tests.dialects.requests import request_of
from tests.ingest.calls import new_id, rejections, send, send_json, stored
from tests.running import Server

SCORES = "/api/public/scores"
PROTOBUF = "application/x-protobuf"


def basic(server: Server) -> str:
    """Return the credential of a Langfuse SDK: any public key, the API key as secret key."""
    return "Basic " + base64.b64encode(f"pk-lf-anything:{server.api_key}".encode()).decode()


@pytest.mark.parametrize("path", ["/api/public/otel/v1/traces", "/otel/v1/traces"])
def test_spans_are_accepted_where_other_sdks_send_them(server: Server, path: str) -> None:
    now_ns = time.time_ns()
    trace_id, span_id = new_id(), new_id()[:16]
    given = {"trace_id": trace_id, "span_id": span_id, "start_ns": now_ns, "end_ns": now_ns, "name": "work"}
    body = gzip.compress(request_of(given).SerializeToString())
    answer = send(server, path, body, content_type=PROTOBUF, content_encoding="gzip", authorization=basic(server))
    assert (answer.status, answer.body) == (200, b"")
    assert stored(server, trace_id + span_id)["name"] == "work"


def test_the_check_of_credentials_names_the_project_of_the_key(server: Server) -> None:
    answer = send(server, "/api/public/projects", b"", "GET", authorization=basic(server))
    assert answer.status == 200
    assert [project["id"] for project in answer.json["data"]] == [server.project_id]
    wrong = base64.b64encode(b"pk:sk-lf-unknown").decode()
    assert send(server, "/api/public/projects", b"", "GET", authorization=f"Basic {wrong}").status == 401


@pytest.mark.parametrize("path", ["/api/public/health", "/info"])
def test_whether_the_server_lives_is_told_to_everyone(server: Server, path: str) -> None:
    answer = send(server, path, b"", "GET", authorization=None)
    assert answer.status == 200
    assert answer.json["version"]


def test_a_score_is_an_event_of_the_scored_span(server: Server) -> None:
    trace_id, span_id, score_id = new_id(), new_id()[:16], new_id()[:16]
    score = {"id": score_id, "traceId": trace_id, "observationId": span_id, "name": "helpful", "value": 0.9}
    answer = send_json(server, SCORES, [{**score, "comment": "clear", "metadata": {"by": "ada"}}])
    assert (answer.status, answer.json) == (202, {"message": "Accepted"})
    event = stored(server, score_id)
    assert (event["type"], event["name"], event["output"]) == ("eval_metric", "helpful", 0.9)
    assert (event["trace_id"], event["parent_event_id"]) == (trace_id, trace_id + span_id)
    assert event["attributes"]["score.value"] == "0.9"
    assert (event["attributes"]["comment"], event["attributes"]["metadata.by"]) == ("clear", "ada")


@pytest.mark.parametrize(
    ("value", "output", "attribute"),
    [("good", "good", "score.label"), (True, 1.0, "score.value"), (3, 3.0, "score.value")],
)
def test_a_score_is_a_label_or_a_number(server: Server, value: object, output: object, attribute: str) -> None:
    score_id = new_id()
    assert send_json(server, SCORES, [{"id": score_id, "traceId": new_id(), "name": "s", "value": value}]).status == 202
    event = stored(server, score_id)
    assert event["output"] == output
    assert attribute in event["attributes"]


def test_a_single_score_is_answered_with_its_id(server: Server) -> None:
    answer = send_json(server, SCORES, {"traceId": new_id(), "name": "s", "value": 1})
    assert answer.status == 200
    assert stored(server, answer.json["id"])["name"] == "s"


def test_bad_scores_are_counted_and_named_beside_good_ones(server: Server) -> None:
    before = rejections(server).get("missing", 0)
    score_id = new_id()
    good = {"id": score_id, "traceId": new_id(), "name": "s", "value": 1}
    answer = send_json(server, SCORES, [{"name": "s"}, good, {"value": 1}])
    assert (answer.status, answer.json["accepted"], answer.json["rejected"]) == (207, 1, 2)
    assert [error["message"][:7] for error in answer.json["errors"]] == ["score 0", "score 2"]
    assert stored(server, score_id)["name"] == "s"
    assert rejections(server)["missing"] == before + 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'"text"', b"[" * 1_000])
def test_a_body_that_is_no_score_is_refused(server: Server, body: bytes) -> None:
    assert send(server, SCORES, body).status == 400
