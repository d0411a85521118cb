"""Every client of the suite: where it lives, how a user points it here, and what must be seen of it."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.agents import task

Environment = dict[str, str]


def otel(url: str, key: str) -> Environment:
    """Return OpenTelemetry's own settings."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={urllib.parse.quote(f'Bearer {key}')}",
        "OTEL_SERVICE_NAME": "trip-planner",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,service.version=1.4.0",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_only",
        "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content",
    }


def otel_events(url: str, key: str) -> Environment:
    """Return the same with the content of model calls in events."""
    return {
        **otel(url, key),
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "event_only",
        "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT": "true",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    }


def otel_node(url: str, key: str) -> Environment:
    """Return OpenTelemetry's settings for Node, without what its SDK tells of the machine: the bodies are recorded."""
    return {**otel(url, key), "OTEL_NODE_RESOURCE_DETECTORS": "env"}


def traceloop(url: str, key: str) -> Environment:
    return {"TRACELOOP_BASE_URL": url, "TRACELOOP_API_KEY": key}


def langfuse(url: str, key: str) -> Environment:
    return {"LANGFUSE_BASE_URL": url, "LANGFUSE_PUBLIC_KEY": "trip-planner", "LANGFUSE_SECRET_KEY": key}


def langsmith(url: str, key: str) -> Environment:
    return {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_OTEL_ENABLED": "true",
        "LANGSMITH_OTEL_ONLY": "true",
        "LANGSMITH_ENDPOINT": url,
        "LANGSMITH_API_KEY": key,
        "LANGSMITH_PROJECT": "trip-planner",
    }


def litellm(url: str, key: str) -> Environment:
    """Return OpenTelemetry's settings, and that a call below a span of the application is a span of its own."""
    return {**otel(url, key), "USE_OTEL_LITELLM_REQUEST_SPAN": "true", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


@dataclass(frozen=True)
class Expected:
    """What must be seen. `tree` has one line for each event, indented by depth: `type name`.

    `has_system` tells whether the first model call shows the system prompt, `tools` how many tool calls have events.
    """

    tree: str
    tools: int = 2
    # What the client says of the arguments of `get_weather`; None where it says nothing of any tool.
    weather: object = "as called"
    has_system: bool = True
    has_calls: bool = True
    is_priced: bool = True
    agent: str = ""
    error_count: int = 0
    scores: tuple[str, ...] = ()
    # Node's spans start at whole milliseconds: quick ones at the same, and then their order says nothing.
    is_ordered: bool = True


@dataclass(frozen=True)
class Client:
    """A client: its package for the table, its module or script, and its settings."""

    name: str
    package: str
    run: str
    settings: Callable[[str, str], Environment]
    expected: Expected
    environment: str = ""
    is_node: bool = False
    allowed_words: tuple[str, ...] = field(default=())

    @property
    def environment_name(self) -> str:
        return self.environment or self.name


SESSION_ID = task.SESSION_ID
USER_ID = task.USER_ID
