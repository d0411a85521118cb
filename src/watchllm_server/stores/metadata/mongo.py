"""The metadata store on MongoDB. The contract says what it promises, `mongo_log` how that is kept."""

from __future__ import annotations

from watchllm_server.stores.metadata.mongo_audit import MongoAudit
from watchllm_server.stores.metadata.mongo_deletions import MongoDeletions
from watchllm_server.stores.metadata.mongo_invites import MongoInvites
from watchllm_server.stores.metadata.mongo_keys import MongoKeys
from watchllm_server.stores.metadata.mongo_members import MongoMembers
from watchllm_server.stores.metadata.mongo_people import MongoPeople
from watchllm_server.stores.metadata.mongo_projects import MongoProjects
from watchllm_server.stores.metadata.mongo_sessions import MongoSessions
from watchllm_server.stores.metadata.mongo_views import MongoViews


class MongoMetadata(
    MongoInvites,
    MongoPeople,
    MongoSessions,
    MongoProjects,
    MongoMembers,
    MongoKeys,
    MongoViews,
    MongoDeletions,
    MongoAudit,
):
    """Implements `contract.MetadataStore` over one database."""
