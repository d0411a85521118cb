"""The tables of the SQLite metadata store, in numbered steps that are never edited once released."""

from __future__ import annotations

import sqlite3
import zlib
from typing import Final

from watchllm_server.errors import SettingsError

_FIRST: Final = """
CREATE TABLE users (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    password_hash TEXT NOT NULL
) STRICT;
CREATE TABLE projects (
    project_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    description TEXT NOT NULL
) STRICT;
CREATE TABLE members (
    project_id TEXT NOT NULL REFERENCES projects,
    user_id TEXT NOT NULL REFERENCES users,
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER', 'BILLING')),
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (project_id, user_id)
) STRICT;
CREATE INDEX members_by_user ON members (user_id);
CREATE TABLE api_keys (
    key_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects,
    name TEXT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER,
    revoked_at_us INTEGER
) STRICT;
CREATE INDEX api_keys_by_project ON api_keys (project_id);
CREATE TABLE sessions (
    session_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    created_at_us INTEGER NOT NULL,
    last_seen_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE login_links (
    link_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) STRICT;
INSERT INTO state VALUES (1, 0);
"""

# One name for one page of one user in one project.
_VIEWS: Final = """
CREATE TABLE saved_views (
    view_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects,
    user_id TEXT NOT NULL REFERENCES users,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    changed_at_us INTEGER NOT NULL,
    UNIQUE (project_id, user_id, page, name)
) STRICT;
"""

_ADMINISTRATION: Final = """
ALTER TABLE projects ADD COLUMN deleted_at_us INTEGER;
ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_us INTEGER;
CREATE TABLE audit (
    project_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    hash TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (project_id, number)
) STRICT;
"""

# One invite of an address to a project; another one takes its place.
_INVITES: Final = """
CREATE TABLE invites (
    invite_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects,
    email TEXT NOT NULL COLLATE NOCASE,
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER', 'BILLING')),
    token_hash TEXT NOT NULL UNIQUE,
    invited_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    UNIQUE (project_id, email)
) STRICT;
"""

# What is to be gone for good. One deletion of a project; a trace may be asked for again.
_DELETIONS: Final = """
CREATE TABLE deletions (
    deletion_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects,
    kind TEXT NOT NULL CHECK (kind IN ('trace', 'end_user', 'project')),
    subject TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at_us INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    erased_at_us INTEGER,
    finished_at_us INTEGER
) STRICT;
CREATE INDEX deletions_by_project ON deletions (project_id, requested_at_us);
CREATE INDEX unfinished_deletions ON deletions (requested_at_us) WHERE finished_at_us IS NULL;
CREATE UNIQUE INDEX one_deletion_of_a_project ON deletions (project_id) WHERE kind = 'project';
"""

# What a project does not want stored; `rules` is JSON.
_REDACTION: Final = """
CREATE TABLE redaction (
    project_id TEXT PRIMARY KEY REFERENCES projects,
    rules TEXT NOT NULL
) STRICT;
"""

_LINK_PURPOSE: Final = """
ALTER TABLE login_links ADD COLUMN purpose TEXT NOT NULL DEFAULT 'login' CHECK (purpose IN ('login', 'reset'));
"""

STEPS: Final[tuple[str, ...]] = (
    _FIRST, _VIEWS, _ADMINISTRATION, _INVITES, _DELETIONS, _REDACTION, _LINK_PURPOSE,
)  # fmt: skip


def prepare(connection: sqlite3.Connection) -> None:
    """Run the steps that are missing, each in a transaction of its own.

    Raises SettingsError when the file was made by a newer version, or a step was edited.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL) STRICT"
    )
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = dict(connection.execute("SELECT number, checksum FROM migrations").fetchall())
        if any(number > len(STEPS) for number in done):
            raise SettingsError("the metadata was made by a newer version of WatchLLM; install that version")
        for number, script in enumerate(STEPS, 1):
            checksum = zlib.crc32(script.encode())
            if done.get(number, checksum) != checksum:
                raise SettingsError(f"step {number} of the metadata is not the one that was run")
            if number not in done:
                for statement in filter(str.strip, script.split(";\n")):
                    connection.execute(statement)
                connection.execute("INSERT INTO migrations VALUES (?, ?)", (number, checksum))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
