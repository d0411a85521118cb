"""Images, sounds and documents of every provider's API: bytes, addresses and ids of files, whatever they are called."""

from __future__ import annotations

from typing import Any

import pytest

from watchllm_server.dialects.native_messages import to_messages


def blob(modality: str, mime_type: str = "", **more: Any) -> dict[str, Any]:
    named = {"mime_type": mime_type} if mime_type else {}
    return {"type": "blob", "modality": modality, **named, "content": "AP8=", **more}


def uri(modality: str, address: str, mime_type: str = "") -> dict[str, Any]:
    named = {"mime_type": mime_type} if mime_type else {}
    return {"type": "uri", "modality": modality, **named, "uri": address}


BLOCKS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("OpenAI, an image by address", {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
     uri("image", "https://x/y.png")),
    ("OpenAI, an image's detail", {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
     {**uri("image", "https://x/y.png"), "detail": "low"}),
    ("OpenAI, an image inside its address", {"type": "image_url", "image_url": {"url": "data:image/png;base64,AP8="}},
     blob("image", "image/png")),
    ("OpenAI, responses", {"type": "input_image", "image_url": "https://x/y.png"}, uri("image", "https://x/y.png")),
    ("OpenAI, a sound", {"type": "input_audio", "input_audio": {"data": "AP8=", "format": "wav"}},
     blob("audio", "audio/wav")),
    ("OpenAI, a file by id", {"type": "file", "file": {"file_id": "f1"}},
     {"type": "file", "modality": "document", "file_id": "f1"}),
    ("OpenAI, a file with its bytes",
     {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AP8="},
     blob("document", "application/pdf", filename="a.pdf")),
    ("Anthropic, an image",
     {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AP8="}},
     blob("image", "image/png")),
    ("Anthropic, an image by address", {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
     uri("image", "https://x/y.png")),
    ("Anthropic, a document",
     {"type": "document", "title": "t",
      "source": {"type": "base64", "media_type": "application/pdf", "data": "AP8="}},
     blob("document", "application/pdf", title="t")),
    ("Anthropic, a file", {"type": "document", "source": {"type": "file", "file_id": "f1"}},
     {"type": "file", "modality": "document", "file_id": "f1"}),
    ("Gemini, bytes", {"inlineData": {"mimeType": "image/png", "data": "AP8="}}, blob("image", "image/png")),
    ("Gemini, a file", {"file_data": {"mime_type": "video/mp4", "file_uri": "gs://x/y"}},
     uri("video", "gs://x/y", "video/mp4")),
    ("Bedrock, an image", {"image": {"format": "png", "source": {"bytes": "AP8="}}}, blob("image", "image/png")),
    ("LangChain, an image", {"type": "image", "base64": "AP8=", "mime_type": "image/png"}, blob("image", "image/png")),
    ("AI SDK, a file by address", {"type": "file", "data": "https://x/y.pdf", "mediaType": "application/pdf"},
     uri("document", "https://x/y.pdf", "application/pdf")),
    ("AI SDK, an image", {"type": "image", "image": "AP8="}, blob("image")),
]  # fmt: skip


@pytest.mark.parametrize(("block", "part"), [pytest.param(b, p, id=name) for name, b, p in BLOCKS])
def test_a_block_becomes_the_part_that_says_what_and_where(block: dict[str, Any], part: dict[str, Any]) -> None:
    (message,) = to_messages([{"role": "user", "content": [block]}], "user")
    assert message["parts"] == [part]


UNKNOWN: list[dict[str, Any]] = [
    {"type": "image"}, {"type": "image", "source": 5}, {"type": "image_url", "image_url": {"url": 5}},
    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
    {"type": "file", "file": {"filename": "a"}}, {"type": "file", "modality": "image", "file_id": "f1"},
    {"type": "input_audio", "input_audio": []}, {"type": "blob", "modality": "image", "content": "AP8="},
]  # fmt: skip


@pytest.mark.parametrize("block", UNKNOWN)
def test_what_says_neither_stays_as_it_came(block: dict[str, Any]) -> None:
    (message,) = to_messages([{"role": "user", "content": [dict(block)]}], "user")
    assert message["parts"] == [block]


@pytest.mark.parametrize("value", [{"image": {"x": 1}}, {"document": "words"}, {"inlineData": 5}])
def test_an_applications_own_object_is_kept_whole(value: dict[str, Any]) -> None:
    (message,) = to_messages([{"role": "user", "content": [value]}], "user")
    assert message["parts"] == [{"type": "json", "content": value}]


CALLS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "tool-call", "toolCallId": "c1", "toolName": "f", "input": {"a": 1}},
     {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}),
    ({"type": "tool-call", "toolCallId": "c1", "toolName": "f", "args": {"a": 1}},
     {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}),
    ({"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": 1}}},
     {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}),
    ({"toolResult": {"toolUseId": "c1", "content": [{"text": "ok"}]}},
     {"type": "tool_call_response", "id": "c1", "response": [{"text": "ok"}]}),
    ({"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"type": "reasoning", "content": "hm"}),
]  # fmt: skip


@pytest.mark.parametrize(("block", "part"), CALLS)
def test_calls_of_the_ai_sdk_and_of_bedrock(block: dict[str, Any], part: dict[str, Any]) -> None:
    (message,) = to_messages([{"role": "assistant", "content": [block]}], "assistant")
    assert message["parts"] == [part]
