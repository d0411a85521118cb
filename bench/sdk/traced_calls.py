# Run by path in the environment of one SDK, whose packages the type checker does not see.
# pyright: basic, reportMissingImports=false
"""Times traced model calls on the calling thread: `python traced_calls.py SDK SINK_URL SECONDS`; prints one JSON line.

Each SDK records the same call by the shortest way that its documentation shows: model, 1 KB in, 1 KB out, tokens.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable

# As fast as a busy service calls models, and far below what any of the SDKs can take.
PACED_PER_S = 500
# Fewer than any of the queues holds, so that no call is cheap because its event is thrown away.
TIGHT_CALLS = 1500
MODEL = "gpt-4o-mini"
_SENTENCES = (
    "The invoice of 12 March was paid twice, so a refund of 49.90 is on its way.",
    "Please answer in two sentences; do not mention internal IDs.",
    "According to the documentation, `max_retries` is 3 by default - as far as I know.",
    "Answer: the second option (B), since it needs no write access.",
    'Returned JSON: {"status": "ok", "items": 7}.',
    "Do you want me to check whether Alice's account is still active?",
)


def kilobyte(seed: int) -> str:
    """Return 1,024 characters of ordinary text."""
    chosen = random.Random(seed)
    return " ".join(chosen.choice(_SENTENCES) for _ in range(30))[:1024]


PROMPT, ANSWER = kilobyte(1), kilobyte(2)


def watchllm(url: str) -> Callable[[], None]:
    import watchllm

    watchllm.init(api_key="wl_bench", base_url=url)

    def call() -> None:
        with watchllm.model_call(MODEL, prompt=PROMPT, provider="openai") as call:
            call.response(ANSWER, usage={"inputTokens": 200, "outputTokens": 200})

    return call


def opentelemetry(url: str) -> Callable[[], None]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
    tracer = provider.get_tracer("bench")

    def call() -> None:
        with tracer.start_as_current_span("chat") as span:
            span.set_attribute("gen_ai.provider.name", "openai")
            span.set_attribute("gen_ai.request.model", MODEL)
            span.set_attribute("gen_ai.input.messages", PROMPT)
            span.set_attribute("gen_ai.output.messages", ANSWER)
            span.set_attribute("gen_ai.usage.input_tokens", 200)
            span.set_attribute("gen_ai.usage.output_tokens", 200)

    return call


def langfuse(url: str) -> Callable[[], None]:
    from langfuse import Langfuse

    client = Langfuse(public_key="pk-bench", secret_key="sk-bench", base_url=url)

    def call() -> None:
        with client.start_as_current_observation(
            name="chat", as_type="generation", model=MODEL, input=PROMPT
        ) as generation:
            generation.update(output=ANSWER, usage_details={"input": 200, "output": 200})

    return call


def opik(url: str) -> Callable[[], None]:
    import datetime

    import opik

    client = opik.Opik(project_name="bench", workspace="default", host=f"{url}/api")
    trace = client.trace(name="bench")
    usage = {"prompt_tokens": 200, "completion_tokens": 200, "total_tokens": 400}

    def call() -> None:
        started = datetime.datetime.now(datetime.UTC)
        client.span(
            trace_id=trace.id, name="chat", type="llm", model=MODEL, provider="openai", usage=usage,
            input={"prompt": PROMPT}, output={"answer": ANSWER},
            start_time=started, end_time=datetime.datetime.now(datetime.UTC),
        )  # fmt: skip

    return call


def phoenix_otel(url: str) -> Callable[[], None]:
    from phoenix.otel import register

    provider = register(
        endpoint=f"{url}/v1/traces",
        protocol="http/protobuf",
        batch=True,
        set_global_tracer_provider=False,
        verbose=False,
    )
    tracer = provider.get_tracer("bench")

    def call() -> None:
        with tracer.start_as_current_span("chat", openinference_span_kind="llm") as span:
            span.set_input(PROMPT)
            span.set_output(ANSWER)
            span.set_attribute("llm.model_name", MODEL)
            span.set_attribute("llm.token_count.prompt", 200)
            span.set_attribute("llm.token_count.completion", 200)

    return call


def traceloop(url: str) -> Callable[[], None]:
    from traceloop.sdk import Traceloop
    from traceloop.sdk.tracing.manual import LLMMessage, LLMUsage, track_llm_call

    os.environ["TRACELOOP_METRICS_ENABLED"] = "false"
    Traceloop.init(app_name="bench", api_endpoint=url, api_key="bench", telemetry_enabled=False, instruments=set())

    def call() -> None:
        with track_llm_call(vendor="openai", type="chat") as span:
            span.report_request(model=MODEL, messages=[LLMMessage(role="user", content=PROMPT)])
            span.report_response(MODEL, [ANSWER])
            span.report_usage(LLMUsage(prompt_tokens=200, completion_tokens=200, total_tokens=400))

    return call


def openlit(url: str) -> Callable[[], None]:
    import openlit

    openlit.init(otlp_endpoint=url, disable_metrics=True, disable_events=True, disabled_instrumentors=[])

    def call() -> None:
        with openlit.start_trace("chat") as trace:
            trace.set_metadata(
                {
                    "gen_ai.request.model": MODEL,
                    "gen_ai.input.messages": PROMPT,
                    "gen_ai.usage.input_tokens": 200,
                    "gen_ai.usage.output_tokens": 200,
                }
            )
            trace.set_result(ANSWER)

    return call


SDKS: dict[str, Callable[[str], Callable[[], None]]] = {
    "watchllm": watchllm,
    "opentelemetry": opentelemetry,
    "langfuse": langfuse,
    "opik": opik,
    "phoenix-otel": phoenix_otel,
    "traceloop": traceloop,
    "openlit": openlit,
}


def timed(call: Callable[[], None]) -> float:
    """Return the microseconds of one call."""
    began = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began) / 1000


def paced(call: Callable[[], None], seconds: float) -> list[float]:
    """Time calls at a steady rate, while whatever sends them works beside."""
    times: list[float] = []
    due_s = time.perf_counter()
    for _ in range(int(PACED_PER_S * seconds)):
        due_s += 1 / PACED_PER_S
        time.sleep(max(0.0, due_s - time.perf_counter()))
        times.append(timed(call))
    return times


def summary(times: list[float]) -> dict[str, float]:
    """Return what is kept of a series."""
    ordered = sorted(times)
    return {
        "p50": statistics.median(ordered),
        "p99": ordered[int(len(ordered) * 0.99)],
        "mean": statistics.fmean(ordered),
    }


def main() -> None:
    """Warm up, measure, print, and leave without waiting for what is still unsent."""
    sdk, url, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    call = SDKS[sdk](url)
    for _ in range(200):
        call()
    # Until what was sent first, with all that is made for it once, has gone.
    time.sleep(2)
    steady = paced(call, seconds)
    time.sleep(2)
    tight = [timed(call) for _ in range(TIGHT_CALLS)]
    print(json.dumps({"paced": summary(steady), "tight": summary(tight)}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
