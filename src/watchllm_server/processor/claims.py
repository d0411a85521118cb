"""Which events the open bundles of this process will store: their rows may not be there yet when a repeat comes."""

from __future__ import annotations

from collections.abc import Iterable

EventKey = tuple[str, str]


class Claims:
    """Event keys (project id, event id) by the bundle whose plan counts them as stored."""

    def __init__(self) -> None:
        self._bundle_of: dict[EventKey, str] = {}
        self._keys_of: dict[str, list[EventKey]] = {}

    def of_others(self, bundle_id: str, keys: Iterable[EventKey]) -> set[EventKey]:
        """Return the keys that another open bundle counts."""
        return {key for key in keys if self._bundle_of.get(key, bundle_id) != bundle_id}

    def take(self, bundle_id: str, keys: Iterable[EventKey]) -> None:
        """Claim keys for a bundle; what another bundle has claimed stays with it."""
        mine = [key for key in keys if self._bundle_of.setdefault(key, bundle_id) == bundle_id]
        self._keys_of[bundle_id] = mine

    def drop(self, bundle_id: str) -> None:
        """Forget a bundle: its rows can be found in the store, or it is another process's."""
        for key in self._keys_of.pop(bundle_id, ()):
            del self._bundle_of[key]
