"""Google's Agent Development Kit, and MLflow."""

from __future__ import annotations

from tests.dialects.mapping.recorded import Recorded, as_text, calling, cases, check, said

_ADK = "gcp.vertex.agent"

SPANS = cases(
    Recorded(
        id="adk: a call of the model",
        name="call_llm",
        scope="gcp.vertex.agent",
        attributes={
            "gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-x", "gen_ai.usage.input_tokens": 100,
            f"{_ADK}.session_id": "s1", f"{_ADK}.invocation_id": "i1",
            f"{_ADK}.llm_request": as_text({
                "model": "gemini-x", "config": {"system_instruction": "be short"},
                "contents": [{"role": "user", "parts": [{"text": "weather?"}]}],
            }),
            f"{_ADK}.llm_response": as_text({
                "content": {"role": "model", "parts": [{"function_call": {"name": "weather", "args": {"a": 1}}}]},
                "usage_metadata": {"prompt_token_count": 100, "candidates_token_count": 20,
                                   "cached_content_token_count": 60},
            }),
        },
        read=[f"{_ADK}.llm_request", f"{_ADK}.llm_response"],
        expected={
            "type": "model_response", "dialect": "google_adk", "session_id": "s1",
            "input": [said("system", "be short"), said("user", "weather?")], "output": [calling("weather", {"a": 1})],
            "usage": {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60},
        },
    ),
    Recorded(
        id="adk: a tool",
        attributes={
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather", f"{_ADK}.llm_request": "{}",
            f"{_ADK}.tool_call_args": '{"a":1}', f"{_ADK}.tool_response": '{"degrees":12}',
        },
        read=[f"{_ADK}.tool_call_args", f"{_ADK}.tool_response"],
        expected={"type": "tool_call", "input": {"a": 1}, "output": {"degrees": 12}},
    ),
    Recorded(
        id="mlflow: a chat",
        name="Completions",
        attributes={
            "mlflow.spanType": '"CHAT_MODEL"', "mlflow.llm.model": '"gpt-4o"',
            "mlflow.spanInputs": as_text({"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o"}),
            "mlflow.spanOutputs": as_text({"choices": [{"message": {"role": "assistant", "content": "ho"}}]}),
            "mlflow.chat.tokenUsage": as_text({"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}),
        },
        read=["mlflow.spanInputs", "mlflow.spanOutputs"],
        expected={
            "type": "model_response", "dialect": "mlflow", "model": "gpt-4o", "input": [said("user", "hi")],
            "output": [said("assistant", "ho")], "usage": {"input_tokens": 3, "output_tokens": 1},
        },
    ),
    Recorded(
        id="mlflow: a tool",
        name="weather",
        attributes={"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": '{"a":1}', "mlflow.spanOutputs": '"ok"'},
        read=["mlflow.spanInputs", "mlflow.spanOutputs"],
        expected={"type": "tool_call", "tool_name": "weather", "input": {"a": 1}, "output": "ok"},
    ),
)  # fmt: skip


@SPANS
def test_spans_become_events(recorded: Recorded) -> None:
    check(recorded)
