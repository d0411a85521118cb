from typing import Any

AsyncClient = Any
