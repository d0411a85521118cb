# Its packages live in an environment of their own, which the type checker does not see.
# pyright: basic, reportMissingImports=false
"""LiteLLM with its callback `otel`, set up by the environment."""

import json
import sys
import time

import litellm

from tests.agents import task
from tests.compat.runs.openai_conversation import DESCRIBED, TOOLS
from tests.compat.runs.tracing import new_provider, trip_span

provider = new_provider()
litellm.callbacks = ["otel"]
given = {
    "model": f"openai/{task.MODEL}",
    "api_base": sys.argv[1],
    "api_key": "loopback",
    "tools": DESCRIBED,
    "user": task.USER_ID,
}
messages = [{"role": "system", "content": task.INSTRUCTIONS}, {"role": "user", "content": task.QUESTION}]
with trip_span() as span:
    # The end of a stream is told in another thread, where the span would not be known. LiteLLM marks this dictionary
    # as told: each call needs its own.
    said = (
        litellm.completion(messages=messages, metadata={"litellm_parent_otel_span": span}, **given).choices[0].message
    )
    messages.append(said.model_dump(exclude_none=True))
    for call in said.tool_calls:
        result = TOOLS[call.function.name](**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    streamed = litellm.completion(
        messages=messages,
        metadata={"litellm_parent_otel_span": span},
        stream=True,
        stream_options={"include_usage": True},
        **given,
    )
    print("".join(chunk.choices[0].delta.content or "" for chunk in streamed if chunk.choices))
    # The callback works in threads of its own, which nothing waits for.
    time.sleep(2)
provider.shutdown()
