"""The server's own keys: made once, for the owner alone, and never made anew over broken ones."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from watchllm_server.errors import SettingsError
from watchllm_server.security.keyfile import load_server_keys

NAMES = ("pepper", "signing")


def test_the_keys_are_made_once_and_are_two(tmp_path: Path) -> None:
    made = load_server_keys(tmp_path)
    assert load_server_keys(tmp_path) == made
    assert len(made.pepper) == len(made.signing) == 32
    assert made.pepper != made.signing
    assert load_server_keys(tmp_path / "other") != made


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        load_server_keys(tmp_path)
    finally:
        os.umask(mask)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert [(tmp_path / "keys" / name).stat().st_mode & 0o777 for name in NAMES] == [0o600, 0o600]


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    load_server_keys(tmp_path)
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == list(NAMES)


def test_first_starts_at_once_read_the_same_keys(tmp_path: Path) -> None:
    for at in range(20):
        with ThreadPoolExecutor(8) as pool:
            read = set(pool.map(load_server_keys, [tmp_path / str(at)] * 8))
        assert len(read) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content", [pytest.param(b"", id="empty"), pytest.param(b"x" * 31, id="short"), pytest.param(b"x" * 33, id="long")]
)
def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path, name: str, content: bytes) -> None:
    load_server_keys(tmp_path)
    path = tmp_path / "keys" / name
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"damaged.*backup"):
        load_server_keys(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    load_server_keys(tmp_path)
    path = tmp_path / "keys" / name
    path.chmod(mode)
    with pytest.raises(SettingsError, match=rf"chmod 600 .*{name}"):
        load_server_keys(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    with pytest.raises(SettingsError, match="cannot be used"):
        load_server_keys(tmp_path)


def test_serve_does_not_start_with_a_broken_key(tmp_path: Path) -> None:
    load_server_keys(tmp_path)
    (tmp_path / "keys" / "pepper").write_bytes(b"short")
    ended = subprocess.run(
        [sys.executable, "-m", "watchllm_server", "serve", "--port", "0", "--data-dir", str(tmp_path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "damaged" in ended.stderr
    assert "Traceback" not in ended.stderr
