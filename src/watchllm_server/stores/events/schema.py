"""The tables of the event store, in the order in which they are made.

Identity is (`project_id`, `trace_id`, `event_id`) without time, so that a repeat with another time still
merges; an event without a trace is its own trace. Granularity 256 and a bloom filter over trace ids keep a
trace's read and the recomputation of summaries proportional to the traces touched, not to the table.
"""

from __future__ import annotations

from typing import Final

# Longer than any backlog of attempts: a token repeated after this many inserts would no longer be known.
DEDUPLICATION_WINDOW: Final = 10_000

EVENTS: Final = f"""
CREATE TABLE IF NOT EXISTS events (
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    event_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(Delta, ZSTD(1)),
    parent_event_id String CODEC(ZSTD(1)),
    type LowCardinality(String),
    name LowCardinality(String),
    start_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    end_time Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD(1)),
    status LowCardinality(String),
    status_message String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    environment LowCardinality(String),
    release LowCardinality(String),
    tags Array(LowCardinality(String)),
    model LowCardinality(String),
    model_requested LowCardinality(String),
    provider LowCardinality(String),
    response_id String CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(ZSTD(1)),
    output_tokens UInt64 CODEC(ZSTD(1)),
    usage Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)),
    cost_usd Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    cost_breakdown Map(LowCardinality(String), Decimal(18, 12)) CODEC(ZSTD(1)),
    cost_status LowCardinality(String),
    price_revision LowCardinality(String),
    reported_cost_usd Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    agent_name LowCardinality(String),
    step_index Nullable(Int64) CODEC(ZSTD(1)),
    tool_name LowCardinality(String),
    input_preview String CODEC(ZSTD(1)),
    output_preview String CODEC(ZSTD(1)),
    input String CODEC(ZSTD(1)),
    output String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    raw String CODEC(ZSTD(1)),
    sdk_name LowCardinality(String),
    sdk_version LowCardinality(String),
    dialect LowCardinality(String),
    notes Array(LowCardinality(String)),
    accepted_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    stored_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta, ZSTD(1)),
    INDEX ix_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_event event_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_start start_time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(start_time)
ORDER BY (project_id, trace_id, event_id)
SETTINGS index_granularity = 256, non_replicated_deduplication_window = {DEDUPLICATION_WINDOW},
    fsync_after_insert = 1
"""

# `bucket` is the hour of the trace's start. When it moves, a tombstone takes the old row out of the list.
TRACES: Final = """
CREATE TABLE IF NOT EXISTS traces (
    project_id LowCardinality(String),
    bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    is_deleted UInt8,
    name LowCardinality(String),
    status LowCardinality(String),
    start_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    end_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    event_count UInt64 CODEC(ZSTD(1)),
    error_count UInt64 CODEC(ZSTD(1)),
    model_call_count UInt64 CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(ZSTD(1)),
    output_tokens UInt64 CODEC(ZSTD(1)),
    cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    unpriced_count UInt64 CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    environment LowCardinality(String),
    release LowCardinality(String),
    tags Array(LowCardinality(String)),
    models Array(LowCardinality(String)),
    input_preview String CODEC(ZSTD(1)),
    output_preview String CODEC(ZSTD(1)),
    uncounted Map(String, LowCardinality(String)) CODEC(ZSTD(1)),
    INDEX ix_end end_time TYPE minmax GRANULARITY 1,
    INDEX ix_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(bucket)
ORDER BY (project_id, bucket, trace_id)
SETTINGS index_granularity = 1024
"""

# Where a trace's summary row is, by trace id: one small keyed read instead of a search over all hours.
TRACE_BUCKETS: Final = """
CREATE TABLE IF NOT EXISTS trace_buckets (
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    bucket DateTime('UTC') CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, trace_id)
SETTINGS index_granularity = 256
"""

DEAD_LETTERS: Final = """
CREATE TABLE IF NOT EXISTS dead_letters (
    project_id LowCardinality(String),
    event_id String CODEC(ZSTD(1)),
    version UInt64,
    code LowCardinality(String),
    message String CODEC(ZSTD(1)),
    content String CODEC(ZSTD(1)),
    accepted_at DateTime64(6, 'UTC'),
    dead_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY (project_id, event_id, version)
SETTINGS index_granularity = 256
"""

# What a replay needs. `content` is empty where it would be the same as `body`; `body_event_ids` names all events of
# a body from which this one could not be taken.
DEAD_LETTER_BODIES: Final = """
ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS format LowCardinality(String),
    ADD COLUMN IF NOT EXISTS body String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS body_bytes UInt64,
    ADD COLUMN IF NOT EXISTS body_event_ids Array(String) CODEC(ZSTD(1))
"""

# What became of a letter: replayed, superseded or discarded. Apart from the letters, since a bundle that is repeated
# writes its letters again, and they must not come back to life.
DEAD_LETTER_ENDS: Final = """
CREATE TABLE IF NOT EXISTS dead_letter_ends (
    project_id LowCardinality(String),
    event_id String CODEC(ZSTD(1)),
    version UInt64,
    state LowCardinality(String),
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY (project_id, event_id, version)
SETTINGS index_granularity = 256
"""

# From the start of a model call to the first piece of its answer, where the sender says it.
TIME_TO_FIRST: Final = """
ALTER TABLE events ADD COLUMN IF NOT EXISTS first_token_us Nullable(Int64) CODEC(ZSTD(1)) AFTER response_id
"""

# Judgements on a trace, name → value or label as text.
TRACE_SCORES: Final = """
ALTER TABLE traces ADD COLUMN IF NOT EXISTS scores Map(LowCardinality(String), String) CODEC(ZSTD(1))
"""

# When a summary was stored: what a live view asks for. Rows from before were stored long ago; their time must be
# written before the default becomes one that is computed when a row without it is read.
TRACE_STORED_AT: Final = """
ALTER TABLE traces
    ADD COLUMN IF NOT EXISTS stored_at DateTime64(6, 'UTC') DEFAULT toDateTime64(0, 6, 'UTC') CODEC(Delta, ZSTD(1)),
    ADD INDEX IF NOT EXISTS ix_stored stored_at TYPE minmax GRANULARITY 1
"""
TRACE_STORED_BEFORE: Final = "ALTER TABLE traces MATERIALIZE COLUMN stored_at SETTINGS mutations_sync = 1"
TRACE_STORED_NOW: Final = """
ALTER TABLE traces MODIFY COLUMN stored_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta, ZSTD(1))
"""

# What is counted of an event and by which it is grouped, written with the summary of its trace: narrow, sorted by the
# hour in which the trace starts, each call of a model marked that counts. An event that names no end user, session,
# environment or release has those of its trace, and all have its tags: so sums by them equal those of the traces.
# A tombstone is a row that every query leaves out: if the engine knew of it, FINAL would also merge ranges of keys
# that one part alone has, which takes several times as long.
EVENT_FIGURES: Final = """
CREATE TABLE IF NOT EXISTS event_figures (
    project_id LowCardinality(String),
    bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    event_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    is_deleted UInt8 CODEC(ZSTD(1)),
    event_version UInt64 CODEC(Delta, ZSTD(1)),
    start_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_us Nullable(Int64) CODEC(ZSTD(1)),
    first_token_us Nullable(Int64) CODEC(ZSTD(1)),
    type LowCardinality(String),
    name LowCardinality(String),
    status LowCardinality(String),
    is_error Bool CODEC(ZSTD(1)),
    is_counted Bool CODEC(ZSTD(1)),
    has_usage Bool CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(ZSTD(1)),
    output_tokens UInt64 CODEC(ZSTD(1)),
    cost_usd Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    model LowCardinality(String),
    provider LowCardinality(String),
    agent_name LowCardinality(String),
    tool_name LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    environment LowCardinality(String),
    release LowCardinality(String),
    tags Array(LowCardinality(String)) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (project_id, bucket, trace_id, event_id)
SETTINGS index_granularity = 1024
"""

# The figures of the events that were stored before there were any: what a recomputation of their traces writes.
FIRST_FIGURES: Final = """
INSERT INTO event_figures
    (project_id, bucket, trace_id, event_id, version, is_deleted, event_version, start_time, duration_us,
    first_token_us, type, name, status, is_error, is_counted, has_usage, input_tokens, output_tokens, cost_usd, model,
    provider, agent_name, tool_name, prompt_name, prompt_version, session_id, user_id, environment, release, tags)
SELECT e.project_id, t.bucket, e.trace_id, e.event_id, t.version, 0, e.version, e.start_time,
    toUnixTimestamp64Micro(e.end_time) - toUnixTimestamp64Micro(e.start_time), e.first_token_us, e.type, e.name,
    if(e.status = '', 'ok', toString(e.status)), e.status = 'error' OR e.type = 'error',
    e.type IN ('model_response', 'token_usage') AND NOT mapContains(t.uncounted, e.event_id), notEmpty(e.usage),
    e.input_tokens, e.output_tokens, e.cost_usd, e.model, e.provider, e.agent_name, e.tool_name, e.prompt_name,
    e.prompt_version, if(e.session_id = '', t.session_id, e.session_id), if(e.user_id = '', t.user_id, e.user_id),
    if(e.environment = '', toString(t.environment), toString(e.environment)),
    if(e.release = '', toString(t.release), toString(e.release)), t.tags
FROM (
    SELECT project_id, trace_id, event_id, version, start_time, end_time, first_token_us, type, name, status, usage,
        input_tokens, output_tokens, cost_usd, model, provider, agent_name, tool_name, prompt_name, prompt_version,
        session_id, user_id, environment, release
    FROM events FINAL
) AS e
INNER JOIN (SELECT * FROM traces FINAL) AS t ON t.project_id = e.project_id AND t.trace_id = e.trace_id
SETTINGS max_partitions_per_insert_block = 0, join_algorithm = 'grace_hash'
"""

# Ids alone of what was erased on demand: whoever looks for lost events must not take them for lost. Kept for longer
# than any entry stays in a queue.
ERASED_EVENTS: Final = """
CREATE TABLE IF NOT EXISTS erased_events (
    project_id LowCardinality(String),
    event_id String CODEC(ZSTD(1)),
    version UInt64,
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY (project_id, event_id, version)
TTL toDateTime(at) + INTERVAL 30 DAY
SETTINGS index_granularity = 256
"""

MIGRATIONS: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number UInt32,
    name String,
    checksum String,
    state LowCardinality(String),
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(at)
ORDER BY number
"""

# Numbered for ever: a released migration is never edited, only followed by another.
ORDERED: Final[tuple[tuple[int, str, str], ...]] = (
    (1, "events", EVENTS),
    (2, "traces", TRACES),
    (3, "trace_buckets", TRACE_BUCKETS),
    (4, "dead_letters", DEAD_LETTERS),
    (5, "dead_letter_bodies", DEAD_LETTER_BODIES),
    (6, "dead_letter_ends", DEAD_LETTER_ENDS),
    (7, "time_to_first", TIME_TO_FIRST),
    (8, "event_figures", EVENT_FIGURES),
    (9, "first_figures", FIRST_FIGURES),
    (10, "trace_scores", TRACE_SCORES),
    (11, "trace_stored_at", TRACE_STORED_AT),
    (12, "trace_stored_before", TRACE_STORED_BEFORE),
    (13, "trace_stored_now", TRACE_STORED_NOW),
    (14, "erased_events", ERASED_EVENTS),
)
