"""Only what we use; the package's own types leave much unknown."""

from typing import Any

def bind_query(query: str, parameters: dict[str, Any]) -> tuple[str, dict[str, str]]: ...
