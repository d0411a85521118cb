"""Reads a module of the source as the rules see it: its name, its tree, what it imports and what it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SERVER = "watchllm_server"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file; `name` is dotted, and a package goes by the name of its folder."""

    name: str
    file: str
    is_package: bool
    tree: ast.Module
    source: str

    @property
    def inner(self) -> str:
        """Return the name without the package of the server, such as `stores.queue.sqlite`; empty for itself."""
        return self.name.removeprefix(SERVER).removeprefix(".")

    def is_in(self, *parts: str) -> bool:
        """Tell whether the module is one of these, or below one."""
        return is_below(self.inner, *parts)

    def violation(self, rule: int, line: int, text: str) -> str:
        """Return one violation as a line that an editor can jump to."""
        return f"{self.file}:{line} rule {rule}: {text}"


def is_below(name: str, *parts: str) -> bool:
    """Tell whether a dotted name is one of `parts` or inside one."""
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def read_module(name: str, file: str, source: str, *, is_package: bool = False) -> Module:
    """Return a module from its text."""
    return Module(name, file, is_package, ast.parse(source, file), source)


def read_modules(root: Path, package: Path) -> Iterator[Module]:
    """Return every module below `package`, named from its folder; files are given from `root`."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        yield read_module(name, str(path.relative_to(root)), path.read_text(), is_package=is_package)


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Return (line, full name) of everything imported, also inside functions, by relative or by computed import."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(module, node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            yield node.lineno, str(first.value) if isinstance(first, ast.Constant) else "<computed>"


def imports_of_ours(module: Module) -> Iterator[tuple[int, str]]:
    """Return (line, name) of what is imported from the server, without the name of its package."""
    for line, name in imports(module):
        if is_below(name, SERVER):
            yield line, name.removeprefix(SERVER).removeprefix(".")


def _base_of(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    kept = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names; for a chain on a call or an index, what can be read of it."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def names_used(module: Module) -> Iterator[tuple[int, str]]:
    """Return (line, name) of every name and chain of attributes; what begins at a call or an index begins with `?`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            yield node.lineno, dotted(node)


@cache
def knowledge(module: Module) -> set[tuple[int, str]]:
    """Return (line, full name) of all that comes from other modules: the imports, and each use of what they bound."""
    known = _bound_by_imports(module)
    found = set(imports(module))
    for line, name in names_used(module):
        first, _, rest = name.partition(".")
        if first in known:
            found.add((line, f"{known[first]}.{rest}" if rest else known[first]))
    return found


def _bound_by_imports(module: Module) -> dict[str, str]:
    """Return what each imported name stands for: `from os import environ as e` gives `e` → `os.environ`."""
    known: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                known[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(module, node)
            known |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
    return known


def texts(module: Module) -> Iterator[tuple[int, str]]:
    """Return (line, text) of every string but docstrings; an f-string with `?` where its values go."""
    skipped = _docstrings(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            parts = (str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
            yield node.lineno, "".join(parts)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def _docstrings(tree: ast.Module) -> set[int]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, holders) and node.body]
    return {id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr)}
