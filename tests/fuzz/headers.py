"""Headers that the server reads itself as a target: the type of a body, and what an SDK says that it dropped."""

from __future__ import annotations

from tests.fuzz.refusals import refused_or
from watchllm_server.ingest import otlp_answers
from watchllm_server.ingest.bodies import content_type_of
from watchllm_server.ingest.dropped import MAX_COUNT, REASONS, read_dropped


def run_header(data: bytes) -> None:
    """Read one value as every header that has a meaning here; values come in Latin-1, as a server gets them."""
    value = data.decode("latin-1")
    media_type = refused_or(lambda: content_type_of({"content-type": value}, otlp_answers.TYPES), [value])
    answered_in = otlp_answers.answer_type(value)
    assert answered_in in otlp_answers.TYPES
    # What is accepted is answered in its own encoding.
    assert media_type is None or media_type == answered_in
    for code, count in read_dropped(value).items():
        assert code.removeprefix("sdk:") in REASONS
        assert 0 < count < MAX_COUNT
