"""Fills the event store for the read figures: agent runs of twelve events by INSERT … SELECT, in the engine itself.

The rows have the sizes and spreads of real ones; they are made where they are stored because sending ten million
would take longer than measuring. It is the only writer that goes round the queue, and only into a folder of its own.
"""

from __future__ import annotations

from typing import Final

from bench.engine import EngineHttp
from watchllm_server.stores.events.schema import FIRST_FIGURES

EVENTS_PER_TRACE: Final = 12
# One trace of this size stands among the others: what people open when something went wrong.
LONG_TRACE_EVENTS: Final = 2_000
LONG_TRACE_ID: Final = "f" * 32
# One insert makes one part, as large as those that merging leaves behind.
_EVENTS_PER_INSERT: Final = 240_000
_MERGE_WAIT_S: Final = 120

# 400 kB of words whose frequencies fall with their rank; texts are cut from it at random places.
_LONG_TEXT: Final = """
arrayStringConcat(arrayMap(x -> substring(
    lower(hex(cityHash64(toUInt32(exp2((cityHash64(x, 1) % 13000) / 1000))))), 1, 2 + cityHash64(x, 2) % 8),
    range(70000)), ' ')"""

_EVENTS: Final = f"""
INSERT INTO events (project_id, trace_id, event_id, version, parent_event_id, type, name, start_time, end_time,
    status, session_id, user_id, environment, release, tags, model, model_requested, provider, response_id,
    input_tokens, output_tokens, usage, cost_usd, cost_breakdown, cost_status, price_revision, agent_name, tool_name,
    input_preview, output_preview, input, output, attributes, sdk_name, sdk_version, dialect, accepted_at)
WITH (SELECT {_LONG_TEXT}) AS words,
    intDiv(number, {EVENTS_PER_TRACE}) AS trace, number % {EVENTS_PER_TRACE} AS place,
    cityHash64(number, 7) AS chance, lower(hex(MD5(toString(trace)))) AS trace_text,
    place IN (1, 2, 4, 5, 7, 8, 10) AS is_call, place IN (3, 6, 9) AS is_tool,
    ['gpt-4o-mini', 'gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash'][1 + chance % 4] AS model_name,
    toDateTime64({{from_s:UInt32}} + cityHash64(trace, 3) % {{range_s:UInt32}}, 6, 'UTC') AS began,
    addMicroseconds(began, place * 900000 + chance % 500000) AS at,
    200 + chance % 6000 AS asked, 20 + chance % 900 AS said,
    substring(words, 1 + chance % 390000, 700) AS input_text,
    substring(words, 1 + cityHash64(number, 8) % 390000, 700) AS output_text
SELECT {{project:String}}, trace_text, trace_text || substring(lower(hex(MD5(toString(number + 1e9)))), 1, 16),
    number + 1, if(place = 0, '', trace_text || substring(lower(hex(MD5(toString(number - place + 1e9)))), 1, 16)),
    multiIf(place = 0, 'agent_action', is_call, 'model_response', is_tool, 'tool_call', 'span'),
    multiIf(place = 0, 'invoke_agent support', is_call, 'chat ' || model_name, is_tool, 'search_orders', 'rerank'),
    at, addMicroseconds(at, 2000 + chance % 900000), if(chance % 33 = 0, 'error', 'ok'),
    'session-' || toString(trace % 5000), 'user-' || toString(trace % 20000), 'production', '1.4.2',
    ['agent', 'bench'], if(is_call, model_name, ''), if(is_call, model_name, ''), if(is_call, 'openai', ''),
    if(is_call, 'chatcmpl-' || toString(chance), ''), if(is_call, asked, 0), if(is_call, said, 0),
    if(is_call, map('input_tokens', asked, 'output_tokens', said), map()),
    if(is_call, toDecimal64(asked * 0.00000015 + said * 0.0000006, 12), NULL),
    if(is_call, map('input', toDecimal64(asked * 0.00000015, 12)), map()), if(is_call, 'priced', ''),
    if(is_call, 'genai-prices', ''), if(place = 0, 'support', ''), if(is_tool, 'search_orders', ''),
    substring(input_text, 1, 200), substring(output_text, 1, 200), input_text, output_text,
    map('gen_ai.operation.name', 'chat', 'server.address', 'api.example.com', 'service.name', 'bench'),
    'opentelemetry', '1.45.2', 'otel_genai', at
FROM numbers({{first:UInt64}}, {{count:UInt64}})
"""

_LONG_TRACE: Final = f"""
INSERT INTO events (project_id, trace_id, event_id, version, parent_event_id, type, name, start_time, end_time,
    status, model, input_tokens, output_tokens, input_preview, input, output, accepted_at)
SELECT {{project:String}}, '{LONG_TRACE_ID}', '{LONG_TRACE_ID}' || leftPad(toString(number), 16, '0'), number + 1,
    if(number = 0, '', '{LONG_TRACE_ID}' || leftPad(toString(intDiv(number - 1, 8)), 16, '0')),
    if(number % 2 = 0, 'agent_action', 'model_response'), 'step', addMilliseconds(at, number * 40),
    addMilliseconds(at, number * 40 + 30), 'ok', if(number % 2 = 0, '', 'gpt-4o'), number % 2 * 900, number % 2 * 90,
    'what next', repeat('what comes next here? ', 30), repeat('this comes next. ', 30), at
FROM (SELECT number, toDateTime64({{from_s:UInt32}} + {{range_s:UInt32}} - 3600, 6, 'UTC') AS at
    FROM numbers({LONG_TRACE_EVENTS}))
"""

_TRACES: Final = """
INSERT INTO traces (project_id, bucket, trace_id, version, is_deleted, name, status, start_time, end_time, event_count,
    error_count, model_call_count, input_tokens, output_tokens, cost_usd, unpriced_count, session_id, user_id,
    environment, release, tags, models, input_preview, output_preview, uncounted)
SELECT project_id, toStartOfHour(min(e.start_time)), trace_id, 1, 0, argMin(e.name, e.start_time), 'ok',
    min(e.start_time), max(e.end_time), count(), countIf(e.status = 'error'), countIf(e.type = 'model_response'),
    sum(e.input_tokens), sum(e.output_tokens), toDecimal128(sum(e.cost_usd), 12), 0, any(e.session_id), any(e.user_id),
    any(e.environment), any(e.release), any(e.tags), arraySort(groupUniqArrayIf(e.model, e.model != '')),
    argMin(e.input_preview, e.start_time), argMin(e.output_preview, e.start_time), map()
FROM events AS e
WHERE project_id = {project:String}
    AND cityHash64(trace_id) % {slices:UInt32} = {slice:UInt32}
GROUP BY project_id, trace_id
"""

_BUCKETS: Final = """
INSERT INTO trace_buckets (project_id, trace_id, bucket, version)
SELECT project_id, trace_id, bucket, version FROM traces WHERE project_id = {project:String}
"""
_EVENTS_PER_SLICE: Final = 2_000_000


async def fill(engine: EngineHttp, project_id: str, *, events: int, from_us: int, to_us: int) -> None:
    """Store `events` events, spread evenly over [from, to), and the summaries of their traces."""
    from_s, range_s = from_us // 1_000_000, (to_us - from_us) // 1_000_000
    place = {"project": project_id, "from_s": from_s, "range_s": range_s}
    settings = {"max_execution_time": "600", "max_partitions_per_insert_block": "0"}
    for first in range(0, events, _EVENTS_PER_INSERT):
        count = min(_EVENTS_PER_INSERT, events - first)
        await engine.run(_EVENTS, {**place, "first": first, "count": count}, settings)
    await engine.run(_LONG_TRACE, place, settings)
    slices = -(-events // _EVENTS_PER_SLICE)
    for number in range(slices):
        await engine.run(_TRACES, {"project": project_id, "slices": slices, "slice": number}, settings)
    await engine.run(_BUCKETS, {"project": project_id}, settings)
    # What the processor writes beside each summary; made here as for the events of an older installation.
    await engine.run(FIRST_FIGURES, {}, settings)
