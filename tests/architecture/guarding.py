"""Rule 7: a route gets a project only through the guard, and every read of the event store names its project first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Function, Module, dotted, is_below

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket")
# A read that is of no project: whether the store answers, and letting go of it.
_OF_NO_PROJECT = ("ping", "close")
# The names by which ui_backend knows what reads the event store.
_READERS = ("reader", "_reader", "stats", "groups", "search", "follower")
_MAKERS = ("allow", "allow_here")
_WAYS_ROUND = ("find_member", "list_projects", "find_project", "authenticate")


def routes(module: Module, anonymous: frozenset[str]) -> Iterator[str]:
    """Rule 7: every route of ui_backend depends on the guard, unless it is one of the anonymous."""
    if not module.is_in("ui_backend.routes"):
        return
    guards = _guards(module.tree)
    prefix = _prefix(module.tree)
    for function in _functions(module.tree):
        for path in _paths(function):
            if f"{prefix}{path}" not in anonymous and not _is_guarded(function, guards):
                yield module.violation(7, function.lineno, f"{module.inner}.{function.name} has no guard")
            if "project_id" in _arguments(function):
                text = f"{module.inner}.{function.name} takes project_id itself, not from the guard"
                yield module.violation(7, function.lineno, text)


def ways_round(module: Module) -> Iterator[str]:
    """Rule 7: outside the guard and its parts, nothing in a route asks who is a member of what."""
    if not module.is_in("ui_backend.routes"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WAYS_ROUND:
            first = dotted(node.args[0]) if node.args else "?"
            # What a person may see of oneself is not a way to a project, nor what the guard has let through.
            if (node.func.attr, first) == ("list_projects", "user.user_id") or first == "access.project_id":
                continue
            yield module.violation(7, node.lineno, f"{module.inner} calls {node.func.attr}: only the guard does")


def project_first(module: Module) -> Iterator[str]:
    """Rule 7: every method of a store's reader takes `project_id` first; ui_backend always gives it first."""
    if module.inner.startswith("stores.") and "contract" in module.inner.split("."):
        for reader in ast.walk(module.tree):
            if isinstance(reader, ast.ClassDef) and reader.name.endswith("Reader"):
                yield from _methods_without_project(module, reader)
    if module.is_in("ui_backend"):
        yield from _calls_without_project(module)


def _methods_without_project(module: Module, reader: ast.ClassDef) -> Iterator[str]:
    for method in reader.body:
        if isinstance(method, Function) and method.name not in _OF_NO_PROJECT:
            arguments = [argument.arg for argument in (*method.args.posonlyargs, *method.args.args)]
            if arguments[1:2] != ["project_id"]:
                yield module.violation(7, method.lineno, f"{reader.name}.{method.name} does not take project_id first")


def _calls_without_project(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        holder = dotted(node.func.value).split(".")[-1]
        if holder not in _READERS or node.func.attr in _OF_NO_PROJECT:
            continue
        first = dotted(node.args[0]) if node.args else "nothing"
        if first.split(".")[-1] != "project_id":
            yield module.violation(7, node.lineno, f"{module.inner} reads {node.func.attr} with {first} as its project")


def _functions(tree: ast.Module) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def _paths(function: Function) -> Iterator[str]:
    """Return the paths under which a function is registered."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and dotted(decorator.func).split(".")[-1] in _VERBS:
            first = decorator.args[0] if decorator.args else None
            yield str(first.value) if isinstance(first, ast.Constant) else "<computed>"


def _prefix(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "APIRouter":
            found = [word.value for word in node.keywords if word.arg == "prefix"]
            return str(found[0].value) if found and isinstance(found[0], ast.Constant) else ""
    return ""


def _guards(tree: ast.Module) -> set[str]:
    """Return the names that stand for a guarded parameter: those of the guard, and those made here by its makers."""
    from_guard = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and is_below(node.module or "", "watchllm_server.ui_backend.guard")
        for alias in node.names
        if alias.name in ("SignedIn",)
    }
    made_here = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _calls_allow(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return from_guard | made_here


def _calls_allow(node: ast.AST) -> bool:
    return any(
        isinstance(call, ast.Call)
        and dotted(call.func) == "Depends"
        and any(isinstance(inner, ast.Call) and dotted(inner.func).split(".")[-1] in _MAKERS for inner in call.args)
        for call in ast.walk(node)
    )


def _is_guarded(function: Function, guards: set[str]) -> bool:
    annotations = [argument.annotation for argument in _all_arguments(function) if argument.annotation is not None]
    defaults = [*function.args.defaults, *(node for node in function.args.kw_defaults if node is not None)]
    named = any(isinstance(node, ast.Name) and node.id in guards for node in annotations)
    return named or any(_calls_allow(node) for node in (*annotations, *defaults, *function.decorator_list))


def _all_arguments(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _arguments(function: Function) -> set[str]:
    return {argument.arg for argument in _all_arguments(function)}
