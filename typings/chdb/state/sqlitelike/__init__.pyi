from typing import Any

Connection = Any
