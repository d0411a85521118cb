"""Only what we use; the package's own types are partial."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

class GenerationMode(Enum):
    POSITIVE = "positive"
    NEGATIVE = "negative"

class _OpenApi:
    def from_dict(self, schema: Mapping[str, Any]) -> Any: ...

openapi: _OpenApi
