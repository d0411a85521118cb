"""Claude Code and the Claude Agent SDK."""

from __future__ import annotations

from tests.dialects.mapping.recorded import Recorded, as_text, cases, check, said

SPANS = cases(
    Recorded(
        id="a request, whose input never has what was cached",
        name="claude_code.llm_request",
        attributes={
            "span.type": "llm_request", "model": "claude-opus-5", "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude-opus-5", "input_tokens": 2, "output_tokens": 1200,
            "cache_read_tokens": 84_562, "cache_creation_tokens": 7_096, "success": True, "stop_reason": "tool_use",
            "session.id": "s1", "user.id": "u1", "request_id": "req_1", "response.model_output": "done",
            "new_context": "fix it", "ttft_ms": 13.5,
        },
        read=["response.model_output", "new_context"],
        expected={
            "type": "model_response", "dialect": "claude_code", "model": "claude-opus-5", "provider": "anthropic",
            "response_id": "req_1", "session_id": "s1", "user_id": "u1", "status": "",
            "input": [said("user", "fix it")], "output": [said("assistant", "done")],
            "usage": {
                "input_tokens": 91_660, "output_tokens": 1_200, "cache_read_tokens": 84_562,
                "cache_write_tokens": 7_096,
            },
        },
    ),
    Recorded(
        id="an input that is larger than its cache",
        name="claude_code.llm_request",
        attributes={
            "span.type": "llm_request", "model": "claude", "input_tokens": 1_000, "cache_read_tokens": 10,
            "gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.cache_read.input_tokens": 10,
        },
        expected={"usage": {"input_tokens": 1_010, "cache_read_tokens": 10}},
    ),
    Recorded(
        id="an interaction",
        name="claude_code.interaction",
        attributes={"span.type": "interaction", "user_prompt": "fix it", "interaction.sequence": 1},
        read=["user_prompt"],
        expected={"type": "agent_action", "input": "fix it", "input_preview": "fix it"},
    ),
    Recorded(
        id="a tool",
        name="claude_code.tool",
        attributes={
            "span.type": "tool", "tool_name": "Bash", "tool_use_id": "toolu_1", "gen_ai.tool.call.id": "toolu_1",
            "tool_input": as_text({"command": "ls"}),
        },
        events=[("tool.output", {"output": "a.py"})],
        read=["tool_input"],
        expected={"type": "tool_call", "tool_name": "Bash", "input": {"command": "ls"}, "output": "a.py"},
    ),
    Recorded(
        id="a part of a tool that failed",
        name="claude_code.tool.execution",
        attributes={"span.type": "tool.execution", "gen_ai.tool.name": "Bash", "success": False, "error": "exit 1"},
        expected={"type": "span", "status": "error", "status_message": "exit 1"},
    ),
    Recorded(
        id="waiting for a person",
        name="claude_code.tool.blocked_on_user",
        attributes={"span.type": "tool.blocked_on_user", "tool_name": "Bash"},
        expected={"type": "span", "tool_name": ""},
    ),
    Recorded(
        id="another's span with the same word",
        name="GET /",
        attributes={"span.type": "web"},
        expected={"type": "span", "dialect": "otel"},
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
