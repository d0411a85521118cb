"""Reads content blocks that are no text: images, sounds and documents, as bytes, by address, or by a file's id.

A part is `blob` (bytes in base64), `uri` or `file`, each with its `modality`. What names none of these stays as it
came, and what else a block says stays beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from watchllm_server.model.messages import JsonObject

# What a block's type says of its content; where there is a media type, that says it.
_MODALITIES: Final = {
    "image": "image", "image_url": "image", "input_image": "image", "audio": "audio", "input_audio": "audio",
    "video": "video", "document": "document", "file": "document", "input_file": "document",
}  # fmt: skip
_MEDIA: Final = frozenset({"image", "audio", "video"})
# Where the content stands inside a block, before the block itself.
_HOLDERS: Final = ("source", "image_url", "input_audio", "file", "image", "audio", "video", "document")
_BYTES: Final = ("data", "file_data", "base64", "bytes")
_ADDRESSES: Final = ("url", "uri", "file_uri", "fileUri", "file_url", "image_url")
_IDS: Final = ("file_id", "fileId")
_TYPES: Final = ("mime_type", "media_type", "mediaType", "mimeType")
_READ: Final = frozenset({"type", "format", "source_type", *_HOLDERS, *_BYTES, *_ADDRESSES, *_IDS, *_TYPES})


def media(block: JsonObject) -> JsonObject:
    """Return an image, sound or document as a part; the block as it is when it says neither what nor where."""
    held = next((block[name] for name in _HOLDERS if block.get(name)), None)
    holder: Any = {"data": held} if isinstance(held, str) else held or JsonObject()
    if "modality" in block or not isinstance(holder, Mapping):
        # A part of ours already, or nothing that can be read.
        return block
    inner = cast(JsonObject, holder)
    if inner.get("type") in ("text", "content"):
        # A document that is text inside.
        return block
    given: JsonObject = {**block, **inner}
    kind = str(block.get("type"))
    media_type = _first(given, _TYPES) or _type_of_format(kind, given.get("format"))
    part = _located(given, kind, media_type)
    return {**part, **{key: value for key, value in given.items() if key not in _READ}} if part else block


def inline_media(block: JsonObject) -> JsonObject:
    """Return what stands below the one key of a block of Gemini's or Bedrock's, such as `inlineData` or `image`."""
    name, holder = next(iter(block.items()))
    if isinstance(holder, dict):
        read = media({**cast(JsonObject, holder), "type": name if name in _MODALITIES else "file"})
        if read["type"] in ("blob", "uri") or "file_id" in read:
            return read
    return {"type": "json", "content": block}


def _located(given: JsonObject, kind: str, media_type: str) -> JsonObject | None:
    """Return the part by where its content is; None when that is not said."""
    content, address, file_id = (_first(given, names) for names in (_BYTES, _ADDRESSES, _IDS))
    if "://" in content[:16]:
        content, address = "", content
    if (inline := content or address).startswith("data:"):
        head, _, content = inline.partition(",")
        media_type = head[5:].partition(";")[0]
    named: JsonObject = {"modality": _modality(media_type, kind), **({"mime_type": media_type} if media_type else {})}
    if content:
        return {"type": "blob", **named, "content": content}
    if address:
        return {"type": "uri", **named, "uri": address}
    return {"type": "file", **named, "file_id": file_id} if file_id else None


def _modality(media_type: str, kind: str) -> str:
    family = media_type.partition("/")[0].lower()
    return family if family in _MEDIA else _MODALITIES.get(kind, "document")


def _type_of_format(kind: str, form: Any) -> str:
    """Return the media type of a bare format such as `wav` or `png`."""
    family = _MODALITIES.get(kind, "")
    return f"{family}/{form}" if isinstance(form, str) and family in _MEDIA else ""


def _first(given: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := given.get(name), str) and value), "")
