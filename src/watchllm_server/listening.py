"""The socket that a role answers on, taken before anything else starts: a taken port is refused at once."""

from __future__ import annotations

import socket

from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings

# What a server is given to listen on.
Bound = socket.socket


def bind(settings: Settings) -> Bound:
    """Return a bound socket that does not listen yet. Raises SettingsError when the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"cannot listen on {settings.host}: {error.strerror}") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another --port"
        ) from None
    return bound


def url_of(bound: Bound, host: str) -> str:
    """Return the address under which the socket is reached."""
    port = bound.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
