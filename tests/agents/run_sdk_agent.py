# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""Run the same agent as a loop of one's own, with the OpenAI client and our SDK, set up by the environment.

Needs `WATCHLLM_BASE_URL` and `WATCHLLM_API_KEY`. Run by `python -m tests.agents.run_sdk_agent LLM_URL` in the
environment of `requirements-openai-agents.txt`, with the SDK on the path.
"""

import inspect
import json
import sys
from typing import Any

from openai import OpenAI

import watchllm
from tests.agents import task

TOOLS = {"get_weather": task.get_weather, "convert_to_dollars": task.convert_to_dollars}
_JSON_TYPES = {"str": "string", "float": "number"}
MAX_STEPS = 5


def describe(tool) -> dict:
    """Return a tool as the OpenAI API wants it."""
    parameters = inspect.signature(tool).parameters.values()
    properties = {p.name: {"type": _JSON_TYPES[p.annotation]} for p in parameters}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": tool.__name__, "description": tool.__doc__, "parameters": schema}}


def ask(client: OpenAI, messages: list[Any]) -> Any:
    """Call the model once, measured."""
    tools: list[Any] = [describe(tool) for tool in TOOLS.values()]
    with watchllm.model_call(task.MODEL, messages=messages, provider="openai", temperature=0.2) as call:
        completion = client.chat.completions.create(model=task.MODEL, messages=messages, tools=tools, temperature=0.2)
        call.response(completion)
    return completion.choices[0].message


@watchllm.observe(name="Plan a trip")
def run(llm_url: str, question: str) -> str:
    """Ask until the model answers without calling tools; returns the answer."""
    client = OpenAI(base_url=llm_url, api_key="loopback", max_retries=0)
    messages: list[Any] = [{"role": "system", "content": task.INSTRUCTIONS}, {"role": "user", "content": question}]
    for step in range(MAX_STEPS):
        with watchllm.agent(task.AGENT_NAME, action="think and act", step_index=step):
            message = ask(client, messages)
            if not message.tool_calls:
                return message.content
            messages.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls:
                arguments = json.loads(call.function.arguments)
                with watchllm.tool(call.function.name, arguments=arguments) as tool:
                    result = TOOLS[call.function.name](**arguments)
                    tool.result(result)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    raise RuntimeError("the model never answered")


def main() -> None:
    """Start the SDK, run, flush."""
    watchllm.init()
    with watchllm.context(session_id=task.SESSION_ID, user_id=task.USER_ID, environment="test", release="1.4.0"):
        print(run(sys.argv[1], task.QUESTION))
    if not watchllm.flush():
        raise SystemExit("the SDK could not deliver everything")


if __name__ == "__main__":
    main()
