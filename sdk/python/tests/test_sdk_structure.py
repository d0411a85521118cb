"""The modules of the package form layers: none reaches itself through its imports, those for types included."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import watchllm

PACKAGE = Path(watchllm.__file__).parent


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "watchllm":
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("watchllm."):
            found.add(node.module.removeprefix("watchllm."))
    return found


def test_no_modules_stand_in_a_circle() -> None:
    graph = {path.stem: imports_of(path) for path in PACKAGE.glob("*.py") if path.stem != "__init__"}
    assert len(graph) >= 30
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) >= set(graph)
