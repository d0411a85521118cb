"""Accepts one decoded request: names its events, makes them durable, and only then says so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from watchllm_server import failpoints, telemetry
from watchllm_server.dialects.contract import Named
from watchllm_server.errors import Invalid
from watchllm_server.ingest.deps import IngestDeps
from watchllm_server.model.event import Rejection
from watchllm_server.model.ids import new_event_id
from watchllm_server.security.keys import Credential
from watchllm_server.stores.queue.contract import NewEntry, RefusedEvent

# Smaller bodies are read in less time than handing them to a thread takes.
THREAD_FROM_BYTES: Final = 256 * 1024
# An answer names this many bad events; a client that sends more of them has one bug, not many.
MAX_NAMED_ERRORS: Final = 100
_BATCH_REFUSED: Final = "another event of its batch is invalid; none of them was accepted"


async def read_names(deps: IngestDeps, credential: Credential, form: str, given: bytes) -> tuple[bytes, Named, int]:
    """Return the body as it may be kept, the names of its events, and the time of acceptance (µs)."""
    reader = deps.formats[form]
    body = await deps.redaction.apply(credential.project_id, reader, given)
    now_us = deps.clock.now_us()

    def read() -> Named:
        return reader.read_names(
            body, project_id=credential.project_id, now_us=now_us, limits=deps.limits, new_id=new_event_id
        )

    named = await asyncio.to_thread(read) if len(body) > THREAD_FROM_BYTES else read()
    return body, named, now_us


async def enqueue(
    deps: IngestDeps,
    credential: Credential,
    form: str,
    body: bytes,
    named: Named,
    now_us: int,
    *,
    dropped: Mapping[str, int] | None = None,
) -> None:
    """Make the good events of the request durable, with its refused ones in the ledger.

    `dropped` is what its SDK lost before. It is counted together with the events: an SDK reports it again until a
    batch is accepted.
    """
    codes = count_codes(named.rejected)
    rejected = codes | dict(dropped or {})
    if named.event_ids:
        failpoints.reach("ingest.body_read")
        await deps.queue.enqueue(
            NewEntry(
                project_id=credential.project_id,
                format=form,
                body=body,
                event_ids=named.event_ids,
                accepted_at_us=now_us,
                rejected=rejected,
                refused=_refused(named),
            )
        )
        failpoints.reach("ingest.committed")
        telemetry.accepted(form, len(named.event_ids))
    elif rejected:
        await deps.queue.count_rejected(credential.project_id, now_us, rejected, _refused(named))
    for code, count in codes.items():
        telemetry.rejected(code, count)


async def refuse_whole(deps: IngestDeps, credential: Credential, named: Named, now_us: int) -> Invalid:
    """Count every event of a refused batch and return the error that names the bad ones."""
    codes = count_codes(named.rejected)
    if named.event_ids:
        codes["batch_refused"] = len(named.event_ids)
    others = [RefusedEvent(event_id, "batch_refused", _BATCH_REFUSED) for event_id in named.event_ids]
    await deps.queue.count_rejected(credential.project_id, now_us, codes, [*_refused(named), *others])
    for code, count in codes.items():
        telemetry.rejected(code, count)
    shown = [rejection.as_json() for rejection in named.rejected[:MAX_NAMED_ERRORS]]
    return Invalid(
        f"{len(named.rejected)} of the events are invalid; none was accepted",
        details={"errors": shown},
    )


def _refused(named: Named) -> list[RefusedEvent]:
    return [RefusedEvent(bad.event_id, bad.code, bad.message) for bad in named.rejected]


def count_codes(rejected: Sequence[Rejection]) -> dict[str, int]:
    """Return how many were refused for each reason."""
    return dict(Counter(rejection.code for rejection in rejected))
