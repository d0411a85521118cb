"""A target with a fault in it, to prove that a search finds faults and says with which input."""

from __future__ import annotations

from typing import Final

from tests.dialects.reading import NATIVE, names_of, results_of
from tests.fuzz.mutation import mutate_json
from tests.fuzz.refusals import refused_or
from tests.fuzz.targets import Target
from watchllm_server.model.event import Event

# Refused for its tags, which are no list: a machine with little time to draw must find what is one change away.
SEED: Final = b'{"eventId":"e","type":"log","tags":"t","body":{"level":"info","message":"m"}}'


def run_planted(data: bytes) -> None:
    """Fail at the first accepted event that carries a tag: the seed is refused, and a change of it is not."""
    named = refused_or(lambda: names_of(NATIVE, data))
    if named is not None and not named.rejected:
        for event in results_of(NATIVE, data, named):
            assert not isinstance(event, Event) or not event.tags, "the planted fault"


TARGET: Final = Target(run_planted, mutate_json, ("tags", "context"), 1_024)
