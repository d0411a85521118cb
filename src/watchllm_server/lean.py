"""Keeps out of our processes what nothing of ours uses.

pyarrow looks for pandas with the first array that it makes, and loads it wherever it is installed, as it is with the
embedded engine: a third of a second of processor time and 40 MB in each role, for nothing.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not loaded here", name="pandas")
        return None


def load_no_pandas() -> None:
    """Let an import of pandas fail from now on, as where it is not installed."""
    sys.meta_path.insert(0, _NoPandas())
