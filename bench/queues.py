"""The queue on Redis beside the queue in a file, in one run: the same load on one machine, each after the other."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.oracle.server import Server
from tests.servers.redis import RedisServer

from bench.figures import Figure, shown
from bench.ingest import Ingest

# Twice each, in this order, so that a slow minute of the machine meets both.
ORDER: Final = ("file", "redis", "redis", "file")


async def measure_queues(templates: Path, folder: Path, seconds: float, project_id: str, api_key: str) -> list[Figure]:
    """Send as fast as answers come to a server on each queue; returns spans a second, and how one is to the other."""
    if shutil.which("redis-server") is None:
        return [shown("queues", 0, "skipped: redis-server is not installed")]
    accepted: dict[str, list[float]] = {"file": [], "redis": []}
    queryable: dict[str, list[float]] = {"file": [], "redis": []}
    for number, kind in enumerate(ORDER):
        place = folder / f"queue-{number}"
        place.mkdir()
        redis = RedisServer(place / "redis")
        environment: Mapping[str, str] = {}
        if kind == "redis":
            environment = {"WATCHLLM_QUEUE": redis.start().url}
        server = Server(place / "data", project_id=project_id, api_key=api_key, environment=environment)
        try:
            await server.start()
            ingest = Ingest(server, templates)
            await ingest.warm_up()
            rate, figures = await ingest.measure_sustained(seconds=seconds)
        finally:
            await server.kill_tree()
            redis.kill()
        queryable[kind].append(rate)
        accepted[kind] += [figure.value for figure in figures if figure.name == "accepted_spans_per_s"]
    return [
        _beside("queue_accepted_redis_to_file", accepted),
        _beside("queue_queryable_redis_to_file", queryable),
    ]


def _beside(name: str, rates: dict[str, list[float]]) -> Figure:
    means = {kind: sum(found) / len(found) for kind, found in rates.items()}
    return shown(
        name, means["redis"] / means["file"], "of the rate with the file",
        **{f"{kind}_spans_per_s": round(mean) for kind, mean in means.items()},
    )  # fmt: skip
