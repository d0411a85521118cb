"""Takes out of a body what its project does not want stored, before anything of it is read or kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from watchllm_server.clock import Clock
from watchllm_server.dialects.contract import Format
from watchllm_server.security.redaction import Redactor
from watchllm_server.stores.metadata.contract import MetadataStore
from watchllm_server.stores.metadata.contract.watch import VersionWatch

# Projects remembered at once; those seen longest ago are read again.
_CACHE_SIZE: Final = 10_000
# Smaller bodies are rewritten in less time than handing them to a thread takes.
_THREAD_FROM_BYTES: Final = 32 * 1024


class Redaction:
    """The rules of the projects whose events come in."""

    def __init__(self, metadata: MetadataStore, clock: Clock, pepper: bytes) -> None:
        self._metadata = metadata
        self._pepper = pepper
        self._watch = VersionWatch(metadata, clock)
        self._version = -1
        # None of a project without rules, as most are.
        self._known: OrderedDict[str, Redactor | None] = OrderedDict()

    async def apply(self, project_id: str, reader: Format, body: bytes) -> bytes:
        """Return the body as it may be kept. Raises BadRequest for one that nobody can read."""
        redactor = await self._redactor(project_id)
        if redactor is None:
            return body
        if len(body) < _THREAD_FROM_BYTES:
            return reader.rewrite(body, redactor)
        return await asyncio.to_thread(reader.rewrite, body, redactor)

    async def _redactor(self, project_id: str) -> Redactor | None:
        version = await self._watch.current()
        if version != self._version:
            self._version = version
            self._known.clear()
        if project_id in self._known:
            self._known.move_to_end(project_id)
            return self._known[project_id]
        rules = await self._metadata.read_redaction(project_id)
        found = None if rules.is_empty else Redactor(rules, self._pepper)
        # Rules that a change overtook on their way are good for this request, but not for later ones.
        if self._version == version:
            self._known[project_id] = found
            if len(self._known) > _CACHE_SIZE:
                self._known.popitem(last=False)
        return found
