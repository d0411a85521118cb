# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""What the clients that watch the OpenAI library do: a tool round, a streamed answer, a response, an embedding."""

import json

from tests.agents import task

EMBEDDING_MODEL = "text-embedding-3-small"
TOOLS = {"get_weather": task.get_weather, "convert_to_dollars": task.convert_to_dollars}
DESCRIBED = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": TOOLS[name].__doc__,
            "parameters": {"type": "object", "properties": properties, "required": list(properties)},
        },
    }
    for name, properties in {
        "get_weather": {"city": {"type": "string"}},
        "convert_to_dollars": {"amount": {"type": "number"}, "currency": {"type": "string"}},
    }.items()
]


def converse(client, run_tool=lambda tool, arguments: tool(**arguments)) -> str:
    """Ask, run the tools, and stream the answer; then use the other two APIs once. Returns the answer."""
    messages = [{"role": "system", "content": task.INSTRUCTIONS}, {"role": "user", "content": task.QUESTION}]
    asked = client.chat.completions.create(model=task.MODEL, messages=messages, tools=DESCRIBED, temperature=0.2)
    said = asked.choices[0].message
    messages.append(said.model_dump(exclude_none=True))
    for call in said.tool_calls:
        result = run_tool(TOOLS[call.function.name], json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    streamed = client.chat.completions.create(
        model=task.MODEL, messages=messages, tools=DESCRIBED, stream=True, stream_options={"include_usage": True}
    )
    answer = "".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices)
    client.responses.create(model=task.MODEL, instructions=task.INSTRUCTIONS, input=task.QUESTION)
    client.embeddings.create(model=EMBEDDING_MODEL, input=task.QUESTION)
    return answer
