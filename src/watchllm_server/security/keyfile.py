"""The server's own keys: made at the first start in the data folder, readable by the owner alone.

`pepper` makes stored hashes of API keys and sessions useless without this folder; `signing` marks cursors.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

from watchllm_server.errors import SettingsError

_KEY_BYTES: Final = 32


class ServerKeys(msgspec.Struct, frozen=True):
    """Two independent keys of 256 bits."""

    pepper: bytes
    signing: bytes


def load_server_keys(data_dir: Path) -> ServerKeys:
    """Return the keys of the folder, made now if there are none.

    Raises SettingsError when others can read them, or when they are damaged: a new pepper would make every
    stored key unusable without a word.
    """
    folder = data_dir / "keys"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return ServerKeys(pepper=_load(folder / "pepper"), signing=_load(folder / "signing"))
    except OSError as error:
        raise SettingsError(f"the data folder cannot be used: {error.strerror}: {error.filename}") from None


def _load(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by other users; run: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{path} is damaged; restore it from a backup of the data folder")
    return key


def _make(path: Path) -> None:
    # Written aside and linked: of two first starts at once, one wins and both read the same key.
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(_KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
