"""Marks the time in which the worker talks to the server: nothing that happens then is the host's.

A tool that traces every request of a process must not trace ours: its span would be an event, the event a request,
and so on without end. OpenTelemetry's instrumentations are told by their own sign, whatever else calls us back finds
the SDK silent on this thread.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any

is_own_work: ContextVar[bool] = ContextVar("watchllm_own_work", default=False)

# What the instrumentations of OpenTelemetry look for in their context.
_OTEL_SIGNS = ("suppress_instrumentation", "suppress_http_instrumentation")


class OwnWork:
    """The block in which a request of ours is made."""

    __slots__ = ("_otel", "_otel_token", "_token")

    def __enter__(self) -> None:
        self._token: Token[bool] = is_own_work.set(True)
        # Never imported by us: where the host does not use it, there is nothing to silence.
        self._otel: Any = sys.modules.get("opentelemetry.context")
        self._otel_token: Any = None
        if self._otel is not None:
            try:
                context = self._otel.get_current()
                for sign in _OTEL_SIGNS:
                    context = self._otel.set_value(sign, True, context)
                self._otel_token = self._otel.attach(context)
            except Exception:
                # Half imported, or of a version to come: then its tracers see our requests, which harms little.
                self._otel = None

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_own_work.reset(self._token)
        if self._otel is not None:
            try:
                self._otel.detach(self._otel_token)
            except Exception:
                return
