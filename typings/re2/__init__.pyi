"""What is used of google-re2, which has no types. The classes are named with an underscore there."""

from collections.abc import Callable

class error(Exception): ...  # noqa: N801 - its name there

class Options:
    log_errors: bool

class Match:
    def group(self, number: int = ..., /) -> str: ...

class Regexp:
    def search(self, text: str) -> Match | None: ...
    def sub(self, repl: str | Callable[[Match], str], text: str) -> str: ...

def compile(pattern: str, options: Options | None = ...) -> Regexp: ...
