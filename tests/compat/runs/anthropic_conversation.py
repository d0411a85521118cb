# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""What the clients that watch the Anthropic library do: a tool round, then a streamed answer."""

from tests.agents import task

MODEL = "claude-haiku-4-5"
TOOLS = {"get_weather": task.get_weather, "convert_to_dollars": task.convert_to_dollars}
DESCRIBED = [
    {
        "name": name,
        "description": TOOLS[name].__doc__,
        "input_schema": {"type": "object", "properties": properties, "required": list(properties)},
    }
    for name, properties in {
        "get_weather": {"city": {"type": "string"}},
        "convert_to_dollars": {"amount": {"type": "number"}, "currency": {"type": "string"}},
    }.items()
]


def converse(client) -> str:
    """Ask, run the tools, and stream the answer; returns it."""
    given = {"model": MODEL, "max_tokens": 500, "system": task.INSTRUCTIONS, "tools": DESCRIBED}
    messages: list = [{"role": "user", "content": task.QUESTION}]
    asked = client.messages.create(messages=messages, **given)
    messages.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in asked.content]})
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": TOOLS[block.name](**block.input)}
        for block in asked.content
        if block.type == "tool_use"
    ]
    messages.append({"role": "user", "content": results})
    with client.messages.stream(messages=messages, **given) as stream:
        return "".join(stream.text_stream)
