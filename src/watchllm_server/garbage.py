"""When Python looks for garbage: hardly while a role loads, and afterwards not in what it has loaded.

With Python's own thresholds, looking through the modules and models that load takes a fifth of a start; and every full
collection of a running role would look at all of them again, for a tenth of a second in which nobody is answered.
"""

from __future__ import annotations

import gc
from typing import Final

_USUAL: Final = gc.get_threshold()
# What loading makes is kept: there is next to nothing to find.
_LOADING: Final = (100_000, 50, 100)


def expect_loading() -> None:
    """Look seldom: a role is about to load."""
    gc.set_threshold(*_LOADING)


def keep_what_is_loaded(thresholds: tuple[int, int, int] = _USUAL) -> None:
    """Never look again at what is there now, and from now on as often as `thresholds` say."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)
