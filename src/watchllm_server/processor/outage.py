"""Whether the event store is away, as the workers of one process have seen it.

Each failed bundle waits for longer and longer by itself. But new bundles come all the time: without this, an outage of
minutes would make thousands of small ones, each of which asks again, and which take long to store afterwards.
"""

from __future__ import annotations

from typing import Final

from watchllm_server.clock import Clock

# One bundle that fails alone has a fault of its own, and must not hold back the others.
BUNDLES: Final = 2
# An attempt in an outage that tells nothing, since its lease was lost, must not hold back the others for ever.
ASK_S: Final = 15.0


class Outage:
    """Counts the bundles that failed since the last success; while there are several, one at a time may ask."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failing: set[str] = set()
        self._until_s = 0.0

    @property
    def _is_on(self) -> bool:
        return len(self._failing) >= BUNDLES

    def is_pausing(self) -> bool:
        """Tell whether no bundle should be taken now."""
        return self._is_on and self._clock.monotonic_s() < self._until_s

    def began(self) -> None:
        """A bundle was taken: in an outage, the others wait for what it finds."""
        self._until_s = self._clock.monotonic_s() + ASK_S

    def failed(self, bundle_id: str, delay_s: float) -> None:
        """The store did not answer for this bundle, which is asked for again after the delay."""
        self._failing.add(bundle_id)
        self._until_s = self._clock.monotonic_s() + delay_s

    def succeeded(self) -> None:
        """The store has taken a bundle."""
        self._failing.clear()
