"""One trace being told: a clock of its own, ids, and a method for each kind of thing an agent does.

Times are relative until the story is placed; it knows nothing of the network and draws chance from its seed alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Final

from watchllm_server.model.times import to_rfc3339

Json = dict[str, Any]

MS: Final = 1_000
SDK: Final = {"name": "watchllm-demo", "version": "1.0.0"}
# Tokens of the system prompt, tool definitions and framing that a text of this length does not show.
_HIDDEN_TOKENS: Final = 180
_BYTES_PER_TOKEN: Final = 4


@dataclass(frozen=True)
class Model:
    """A model with its provider and its pace: first token after `first_ms`, then `per_token_ms` for each."""

    name: str
    provider: str
    first_ms: int = 420
    per_token_ms: int = 14


@dataclass
class Told:
    """One event before it is placed; times are microseconds since the story began."""

    event_id: str
    type: str
    parent_id: str
    start_us: int
    body: Json
    end_us: int | None = None


@dataclass
class Story:
    """A trace under construction. `now_us` moves forward as things happen."""

    chance: random.Random
    name: str
    environment: str = "production"
    release: str = ""
    user_id: str = ""
    session_id: str = ""
    tags: list[str] = field(default_factory=list[str])
    # A reply comes shortly after the story before it in the same session.
    is_reply: bool = False
    now_us: int = 0
    trace_id: str = ""
    told: list[Told] = field(default_factory=list[Told])

    def __post_init__(self) -> None:
        self.trace_id = self.new_id()

    def new_id(self) -> str:
        """Return 32 hex digits from the seed, so that a demo sent twice is there once."""
        return f"{self.chance.getrandbits(128):032x}"

    def wait(self, least_ms: float, most_ms: float) -> None:
        """Let time pass."""
        self.now_us += int(self.chance.uniform(least_ms, most_ms) * MS)

    def begin(self, name: str, *, asked: Any = None, parent: str = "", **body: Any) -> Told:
        """Open a span; it ends by `end`."""
        opened = {"name": name, "status": "ok", **({} if asked is None else {"input": asked}), **body}
        return self._tell("span", opened, parent)

    def end(self, span: Told, *, said: Any = None, error: str = "") -> None:
        """Close a span now, with its output or its error."""
        span.end_us = self.now_us
        if said is not None:
            span.body["output"] = said
        if error:
            span.body["status"] = "error"
            span.body["statusMessage"] = error

    def step(self, parent: str, index: int, action: str, *, agent: str, **body: Any) -> Told:
        """Tell one step of an agent; what happens in it has it as parent, until `end_step`."""
        return self._tell("agent_action", {"action": action, "agentName": agent, "stepIndex": index, **body}, parent)

    def end_step(self, step: Told, *, said: Any = None) -> None:
        """Close a step now."""
        step.body["durationMs"] = (self.now_us - step.start_us) / MS
        if said is not None:
            step.body["output"] = said

    def model_call(
        self, parent: str, model: Model, messages: list[Json], response: str, *, cached: float = 0.0, **body: Any
    ) -> Told:
        """Tell a model call with usage from its texts; `cached` is the share of the input read from cache."""
        asked = sum(len(str(message.get("content") or "").encode()) for message in messages)
        input_tokens = _HIDDEN_TOKENS + asked // _BYTES_PER_TOKEN
        output_tokens = max(4, len(response.encode()) // _BYTES_PER_TOKEN)
        usage: Json = {"inputTokens": input_tokens, "outputTokens": output_tokens}
        if cached:
            usage["cacheReadTokens"] = int(input_tokens * cached)
        latency_ms = int((model.first_ms + model.per_token_ms * output_tokens) * self.chance.uniform(0.7, 1.5))
        whole = {
            "model": model.name,
            "provider": model.provider,
            "messages": messages,
            "response": response,
            "finishReason": "stop",
            "latencyMs": latency_ms,
            "usage": usage,
            **body,
        }
        call = self._tell("model_response", whole, parent)
        self.now_us += latency_ms * MS
        return call

    def tool(self, parent: str, name: str, arguments: Json, result: Any, least_ms: float, most_ms: float) -> Told:
        """Tell a tool call that took between two times."""
        duration_ms = round(self.chance.uniform(least_ms, most_ms), 1)
        body = {"toolName": name, "arguments": arguments, "result": result, "durationMs": duration_ms}
        call = self._tell("tool_call", body, parent)
        self.now_us += int(duration_ms * MS)
        return call

    def retrieval(self, parent: str, query: str, results: list[Json], **body: Any) -> Told:
        """Tell a search over documents."""
        duration_ms = round(self.chance.uniform(18, 140), 1)
        found = {"query": query, "results": results, "vectorDimensions": 1536, "durationMs": duration_ms, **body}
        told = self._tell("retrieval", found, parent)
        self.now_us += int(duration_ms * MS)
        return told

    def error(self, parent: str, kind: str, message: str, stack: str = "") -> Told:
        """Tell an error where it happened."""
        body = {"type": kind, "message": message, **({"stack": stack} if stack else {})}
        return self._tell("error", body, parent)

    def log(self, parent: str, level: str, message: str, **metadata: Any) -> Told:
        """Tell a log line."""
        return self._tell("log", {"level": level, "message": message, "metadata": metadata}, parent)

    def message(self, parent: str, role: str, content: str) -> Told:
        """Tell one turn of a conversation with a person."""
        return self._tell("message", {"role": role, "content": content}, parent)

    def score(self, parent: str, metric: str, value: float, comment: str = "") -> Told:
        """Tell a judgement."""
        body = {"metric": metric, "value": value, **({"comment": comment} if comment else {})}
        return self._tell("eval_metric", body, parent)

    def usage(self, parent: str, model: Model, input_tokens: int, output_tokens: int) -> Told:
        """Tell tokens that no model call carried."""
        counts = {"inputTokens": input_tokens, "outputTokens": output_tokens}
        return self._tell("token_usage", {"model": model.name, "provider": model.provider, **counts}, parent)

    def custom(self, parent: str, name: str, payload: Json) -> Told:
        """Tell something that only this application knows."""
        return self._tell("custom", {"name": name, "payload": payload}, parent)

    def place(self, end_us: int) -> list[Json]:
        """Return the envelopes of a story that ended at `end_us` (microseconds since 1970)."""
        start_us = end_us - self.now_us
        return [self._envelope(told, start_us) for told in self.told]

    def _tell(self, kind: str, body: Json, parent: str) -> Told:
        told = Told(event_id=self.new_id(), type=kind, parent_id=parent, start_us=self.now_us, body=body)
        self.told.append(told)
        # Two events of one agent never start in the same microsecond.
        self.now_us += self.chance.randint(40, 900)
        return told

    def _envelope(self, told: Told, start_us: int) -> Json:
        started = to_rfc3339(start_us + told.start_us)
        body = told.body
        if told.type == "span":
            end_us = self.now_us if told.end_us is None else told.end_us
            body = {**body, "start": started, "end": to_rfc3339(start_us + end_us)}
        envelope: Json = {
            "eventId": told.event_id,
            "type": told.type,
            "timestamp": started,
            "traceId": self.trace_id,
            "sdk": SDK,
            "environment": self.environment,
            "body": body,
        }
        optional = {
            "parentEventId": told.parent_id,
            "sessionId": self.session_id,
            "userId": self.user_id,
            "release": self.release,
            "tags": self.tags if not told.parent_id else [],
        }
        return envelope | {key: value for key, value in optional.items() if value}


def system(text: str) -> Json:
    return {"role": "system", "content": text}


def user(text: str) -> Json:
    return {"role": "user", "content": text}


def assistant(text: str) -> Json:
    return {"role": "assistant", "content": text}


def tool_result(name: str, text: str) -> Json:
    return {"role": "tool", "name": name, "content": text}
