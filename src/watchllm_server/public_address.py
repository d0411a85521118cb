"""Where people reach this server: as the settings say, or where it listens."""

from __future__ import annotations

import msgspec

from watchllm_server.settings import Settings


def public_url(settings: Settings) -> str:
    """Return where people reach the server that runs or would run, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    try:
        found = msgspec.json.decode((settings.run_dir / "serve.json").read_bytes(), type=dict[str, object])
        return str(found["url"])
    except (FileNotFoundError, msgspec.DecodeError, KeyError):
        return f"http://{settings.host}:{settings.port}"
