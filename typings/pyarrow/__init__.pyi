"""Only what we use; the package ships no types."""

from typing import Any

def __getattr__(name: str) -> Any: ...

Table = Any
Schema = Any
DataType = Any
Array = Any
