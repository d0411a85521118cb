"""Keys, hashes and signatures: their format, their strength, and that a wrong one is not read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import watchllm_server
from watchllm_server.security.tokens import (
    Signer,
    equal,
    keyed_hash,
    new_api_key,
    new_link_token,
    new_session_token,
    read_key_id,
    shown_prefix,
)

SOURCE = Path(watchllm_server.__file__).parent
KEY = re.compile(r"wl_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")
SECRET_NAME = re.compile(r"(_hash|_token|_signature|^mark|^signature)$")


def test_a_new_key_has_its_format_and_carries_its_id() -> None:
    for _ in range(200):
        key_id, key = new_api_key()
        found = KEY.fullmatch(key)
        assert found is not None, key
        assert found[1] == key_id == read_key_id(key)


def test_keys_and_tokens_never_repeat() -> None:
    made = [new_api_key()[1] for _ in range(500)] + [new_session_token() for _ in range(500)]
    made += [new_link_token() for _ in range(500)]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("make", [new_session_token, new_link_token])
def test_a_token_has_256_bits(make: type[str]) -> None:
    assert len(make()) == 43


def test_the_checksum_tells_every_single_wrong_character() -> None:
    _, key = new_api_key()
    for at, char in enumerate(key):
        wrong = key[:at] + ("A" if char != "A" else "B") + key[at + 1 :]
        assert read_key_id(wrong) is None, at


@pytest.mark.parametrize(
    "text",
    ["", "wl_", "wl___", "wl_a_b", "wl_a_b_c", "wl_a_b_000000", "___", "_" * 60, "xx_a_b_c", "wl_ü_b_000000"],
)
def test_what_we_did_not_make_has_no_id(text: str) -> None:
    assert read_key_id(text) is None


def test_the_checksum_is_the_documented_one() -> None:
    # A secret scanner outside implements the same: CRC-32 of all before the last underscore, base 62, six digits.
    _, key = new_api_key()
    body, _, check = key.rpartition("_")
    assert check == base62_of_crc32(body)


def base62_of_crc32(text: str) -> str:
    """Compute the checksum bit by bit, as its definition says."""
    crc = 0xFFFFFFFF
    for byte in text.encode():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    number, digits = crc ^ 0xFFFFFFFF, ""
    for _ in range(6):
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[number % 62] + digits
        number //= 62
    return digits


def test_what_is_shown_of_a_key_later_is_of_no_use() -> None:
    _, key = new_api_key()
    assert shown_prefix(key) == key[:8] + "…"


def test_the_stored_form_depends_on_the_pepper_and_is_the_known_function() -> None:
    # HMAC-SHA256, test case 2 of RFC 4231.
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert keyed_hash(b"Jefe", "what do ya want for nothing?") == expected
    assert keyed_hash(b"other", "what do ya want for nothing?") != expected


def test_texts_of_any_length_and_script_compare() -> None:
    assert equal("Schlüssel", "Schlüssel")
    assert not equal("Schlüssel", "Schlussel")
    assert not equal("a", "ab")


def test_a_signature_holds_for_its_payload_purpose_and_key_alone() -> None:
    token = Signer(b"k" * 32).sign("cursor", b"payload")
    assert Signer(b"k" * 32).verify("cursor", token) == b"payload"
    for signer, purpose in ((Signer(b"k" * 32), "link"), (Signer(b"l" * 32), "cursor")):
        with pytest.raises(ValueError, match="signature"):
            signer.verify(purpose, token)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "====", "not base64 at all !", "ü", "\0"])
def test_what_is_no_token_is_refused_as_such(token: str) -> None:
    with pytest.raises(ValueError, match=r"token|signature"):
        Signer(b"k" * 32).verify("cursor", token)


def test_no_module_compares_a_secret_with_the_equals_sign() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq | ast.In) for op in node.ops)
        if any(SECRET_NAME.search(name) for side in (node.left, *node.comparators) if (name := _name(side)))
    ]
    assert found == []


def test_only_security_hashes_and_signs() -> None:
    found = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if path.parent.name != "security"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import) and any(alias.name == "hmac" for alias in node.names)
    ]
    assert found == []


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
