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
)
