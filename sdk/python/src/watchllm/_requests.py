"""Reads the arguments of a provider's client as the fields of a model call; changes none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from watchllm._streams import ChatStream, Gathered, MessagesStream, ResponsesStream

# How the call travels, and what may hold a credential.
_NOT_RECORDED = frozenset({"extra_headers", "extra_query", "extra_body", "timeout", "stream", "stream_options"})
# What clients pass for an argument that was not given.
_UNSET = frozenset({"NotGiven", "Omit"})
# Hosts that speak OpenAI's language: prices depend on who answers.
_HOSTS = {
    "api.deepseek.com": "deepseek",
    "api.fireworks.ai": "fireworks",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.perplexity.ai": "perplexity",
    "api.together.xyz": "together",
    "api.x.ai": "x-ai",
    "generativelanguage.googleapis.com": "google",
    "openrouter.ai": "openrouter",
}

Fields = dict[str, Any]


class Api(NamedTuple):
    """One way to call a model: where its methods are on a client, and how requests and streams are read."""

    path: tuple[str, ...]
    methods: tuple[str, ...]
    fields: Callable[[Mapping[str, Any]], Fields]
    gathered: Callable[[], Gathered]


def provider_of(client: Any) -> str:
    """Return who answers this client, by its class and the host that it was configured for."""
    name = type(client).__name__.removeprefix("Async")
    package = type(client).__module__.partition(".")[0]
    for start, provider in (("Azure", "azure"), ("AnthropicBedrock", "bedrock"), ("AnthropicVertex", "google-vertex")):
        if name.startswith(start):
            return provider
    try:
        host = urlsplit(str(client.base_url)).hostname or ""
    except Exception:
        host = ""
    if host.endswith(".openai.azure.com"):
        return "azure"
    return _HOSTS.get(host, package)


def _given(arguments: Mapping[str, Any], *taken: str) -> Fields:
    """Return what else was asked for, as metadata; `prompt` there is the mark of a template of ours."""
    rest = {
        name: value
        for name, value in arguments.items()
        if name not in taken and name not in _NOT_RECORDED and value is not None and type(value).__name__ not in _UNSET
    }
    if "prompt" in rest:
        rest["prompt_reference"] = rest.pop("prompt")
    return rest


def _is_set(value: object) -> bool:
    return value is not None and type(value).__name__ not in _UNSET


def _chat(arguments: Mapping[str, Any]) -> Fields:
    return {
        "model": arguments.get("model"),
        "messages": arguments.get("messages"),
        "metadata": _given(arguments, "model", "messages"),
    }


def _responses(arguments: Mapping[str, Any]) -> Fields:
    instructions, given = arguments.get("instructions"), arguments.get("input")
    messages: list[Any] = [{"role": "system", "content": instructions}] if _is_set(instructions) else []
    if isinstance(given, (list, tuple)):
        messages.extend(cast("list[Any]", given))
    elif _is_set(given):
        messages.append({"role": "user", "content": given})
    return {
        "model": arguments.get("model"),
        "messages": messages or None,
        "metadata": _given(arguments, "model", "input", "instructions"),
    }


def _messages(arguments: Mapping[str, Any]) -> Fields:
    system, given = arguments.get("system"), arguments.get("messages")
    messages = given
    if _is_set(system) and isinstance(given, (list, tuple)):
        messages = [{"role": "system", "content": system}, *cast("list[Any]", given)]
    return {
        "model": arguments.get("model"),
        "messages": messages,
        "metadata": _given(arguments, "model", "messages", "system"),
    }


APIS: dict[str, tuple[Api, ...]] = {
    "openai": (
        Api(("chat", "completions"), ("create", "parse", "stream"), _chat, ChatStream),
        Api(("beta", "chat", "completions"), ("parse", "stream"), _chat, ChatStream),
        Api(("responses",), ("create", "parse", "stream"), _responses, ResponsesStream),
    ),
    "anthropic": (
        Api(("messages",), ("create", "parse", "stream"), _messages, MessagesStream),
        Api(("beta", "messages"), ("create", "parse", "stream"), _messages, MessagesStream),
    ),
}
