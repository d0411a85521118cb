"""Which events the open bundles of this process will store: their rows may not be there yet when a repeat comes.

In memory alone: ten thousand rows for each bundle would cost more than the bundle itself. Several processors as
processes on one file do not know of each other here; `serve` runs one.
"""

from __future__ import annotations

from collections.abc import Iterable

from watchllm_server.stores.queue.contract import EventKey


class Claims:
    """Event keys (project id, event id) by the bundle that claimed them."""

    def __init__(self) -> None:
        self._bundle_of: dict[EventKey, str] = {}
        self._keys_of: dict[str, set[EventKey]] = {}

    def take(self, bundle_id: str, keys: Iterable[EventKey]) -> set[EventKey]:
        """Claim keys for a bundle; returns those that another bundle has claimed, with which they stay."""
        others: set[EventKey] = set()
        mine = self._keys_of.setdefault(bundle_id, set())
        for key in keys:
            if self._bundle_of.setdefault(key, bundle_id) == bundle_id:
                mine.add(key)
            else:
                others.add(key)
        return others

    def drop(self, bundle_id: str) -> None:
        """Forget a bundle: its rows can be found in the store, or it is another process's."""
        for key in self._keys_of.pop(bundle_id, ()):
            del self._bundle_of[key]
