"""The server around the script: routes, a thread to run in, and the record of what was billed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.loopback_llm import anthropic_messages, openai_chat, openai_responses
from tests.loopback_llm.script import Api, Call, Usage, count_tokens, next_turn

# A start that takes longer has failed.
START_TIMEOUT_S = 10.0


class LoopbackLLM:
    """A model provider on a free loopback port, for the length of a `with` block.

    `openai_url` and `anthropic_url` are what the clients take as base URL; `calls` is what was billed, in order.
    """

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self._app(), log_level="warning", lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def anthropic_url(self) -> str:
        return self.url

    def __enter__(self) -> Self:
        self._thread.start()
        # The socket listens already: a first request waits in its backlog until the thread serves.
        with socket.create_connection(self._socket.getsockname(), timeout=START_TIMEOUT_S):
            return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(START_TIMEOUT_S)
        self._socket.close()

    def run(self) -> None:
        """Serve in this thread until the process is told to stop."""
        self._server.run(sockets=[self._socket])

    def _app(self) -> Starlette:
        routes = [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/responses", self._responses, methods=["POST"]),
            Route("/v1/messages", self._messages, methods=["POST"]),
            Route("/v1/embeddings", self._embeddings, methods=["POST"]),
            Route("/calls", self._list_calls, methods=["GET"]),
        ]
        return Starlette(routes=routes)

    def _bill(self, api: Api, body: dict[str, Any], usage: Usage) -> None:
        self.calls.append(Call(api=api, model=body["model"], is_streamed=bool(body.get("stream")), usage=usage))

    async def _chat(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        turn = next_turn(*openai_chat.read_request(body))
        self._bill("chat", body, turn.usage)
        if body.get("stream"):
            options: dict[str, Any] = body.get("stream_options") or {}
            return _events(openai_chat.stream(turn, body["model"], include_usage=bool(options.get("include_usage"))))
        return JSONResponse(openai_chat.answer(turn, body["model"]))

    async def _responses(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        turn = next_turn(*openai_responses.read_request(body))
        self._bill("responses", body, turn.usage)
        if body.get("stream"):
            return _events(openai_responses.stream(turn, body["model"], body))
        return JSONResponse(openai_responses.answer(turn, body["model"], body))

    async def _messages(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        turn = next_turn(*anthropic_messages.read_request(body))
        self._bill("messages", body, turn.usage)
        if body.get("stream"):
            return _events(anthropic_messages.stream(turn, body["model"]))
        return JSONResponse(anthropic_messages.answer(turn, body["model"]))

    async def _embeddings(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        given: Any = body["input"]
        inputs: list[str] = [given] if isinstance(given, str) else [str(text) for text in given]
        usage = Usage(input_tokens=sum(count_tokens(text) for text in inputs), output_tokens=0, cached_tokens=0)
        self._bill("embeddings", body, usage)
        return JSONResponse(openai_chat.embeddings(inputs, body["model"], usage))

    async def _list_calls(self, request: Request) -> Response:
        shown = [
            {
                "api": call.api,
                "model": call.model,
                "is_streamed": call.is_streamed,
                "input_tokens": call.usage.input_tokens,
                "output_tokens": call.usage.output_tokens,
                "cached_tokens": call.usage.cached_tokens,
            }
            for call in self.calls
        ]
        return JSONResponse(shown)


def _events(parts: Iterable[bytes]) -> StreamingResponse:
    return StreamingResponse(iterate_in_threadpool(parts), media_type="text/event-stream")
