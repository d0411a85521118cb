"""Prints a one-time login link for the first user, beside a running server or without one."""

from __future__ import annotations

from watchllm_server.bootstrap import new_login_link
from watchllm_server.clock import SystemClock
from watchllm_server.public_address import public_url
from watchllm_server.security.keyfile import load_server_keys
from watchllm_server.settings import Settings
from watchllm_server.wiring.stores import open_metadata


async def run(settings: Settings) -> str:
    """Return the link."""
    metadata = await open_metadata(settings)
    try:
        keys = load_server_keys(settings.data_dir)
        token = await new_login_link(settings, metadata, SystemClock(), keys.pepper)
    finally:
        await metadata.close()
    return link_of(settings, token)


def link_of(settings: Settings, token: str) -> str:
    """Return the address that signs in with a token, on the server that runs or would run."""
    return f"{public_url(settings)}/auth/link/{token}"
