from typing import Any

not_a_server_error: Any
