"""Every route of a running server, with addresses that could be real: read from its own OpenAPI document."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tests.access.browser import ask
from tests.running import Server

# What events come in by; they stand before the described application.
INGEST = (
    "/api/v1/events", "/api/v1/events/batch", "/v1/traces", "/v1/logs", "/v1/metrics",
    "/api/public/otel/v1/traces", "/otel/v1/traces", "/api/public/scores",
)  # fmt: skip
ANONYMOUS = frozenset(
    {"/healthz", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/api/v1/auth/login", "/api/v1/auth/link",
     "/api/v1/auth/invites/accept", "/api/v1/auth/reset",
     "/api/public/health", "/info"}
)  # fmt: skip


class Route(NamedTuple):
    """One method of one path; `path` has its places still in braces."""

    method: str
    path: str

    def address(self, **ids: str) -> str:
        """Return the address with ids in their places, `x` for those that are not given."""
        return re.sub(r"\{(\w+)\}", lambda place: ids.get(place[1], "x"), self.path)


def described_routes(server: Server) -> dict[Route, dict[str, Any]]:
    """Return what the OpenAPI document says of each route, and the routes of ingest."""
    document = ask(server, "/openapi.json", method="GET", authorization=None).json
    described = {
        Route(method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    return described | {Route("POST", path): {} for path in INGEST}
