"""The metadata store on SQLite: the default, for one machine. The contract says what it promises."""

from __future__ import annotations

from watchllm_server.stores.metadata.sqlite_audit import SqliteAudit
from watchllm_server.stores.metadata.sqlite_deletions import SqliteDeletions
from watchllm_server.stores.metadata.sqlite_invites import SqliteInvites
from watchllm_server.stores.metadata.sqlite_keys import SqliteKeys
from watchllm_server.stores.metadata.sqlite_people import SqlitePeople
from watchllm_server.stores.metadata.sqlite_projects import SqliteProjects
from watchllm_server.stores.metadata.sqlite_views import SqliteViews


class SqliteMetadata(
    SqlitePeople, SqliteProjects, SqliteInvites, SqliteKeys, SqliteViews, SqliteDeletions, SqliteAudit
):
    """Implements `contract.MetadataStore` over one file."""
