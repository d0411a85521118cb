"""The promises of the metadata store: people, projects, members, credentials, and what people keep for themselves."""

from __future__ import annotations

from typing import Protocol

from watchllm_server.model.audit import AuditEntry, AuditRow
from watchllm_server.model.deletion import Deletion, Tombstones
from watchllm_server.model.project import ApiKey, Invite, LinkPurpose, LoginLink, Member, Project, Role, Session, User
from watchllm_server.model.redaction import RedactionRules
from watchllm_server.model.view import SavedView


class AlreadyExists(Exception):
    """A unique key is taken; nothing was changed."""


class DoesNotExist(Exception):
    """What was to be added names a user or a project that is not there; nothing was changed."""


class LimitReached(Exception):
    """There are as many as there may be; nothing was changed."""


class LastOwner(Exception):
    """The project would be left without an owner; nothing was changed."""


class MetadataStore(Protocol):
    """Every change is durable when the method returns, and either whole or not at all.

    Whatever is added MUST raise AlreadyExists when its key is taken, and DoesNotExist when it names a user or a
    project that is not there. Changing or removing what is not there does nothing.
    Several processes may share one store; a change by one is seen by the others' next read.
    What takes an `audit` MUST keep its row together with the change, and no row when nothing was changed.
    """

    async def version(self) -> int:
        """Return a number that grows with every change of a credential or a role.

        Caches of keys, sessions and roles are valid for one version: a revoked key obeys within a second.
        """
        ...

    async def add_user(self, user: User, audit: AuditEntry | None = None) -> None:
        """MUST raise AlreadyExists when the id or the e-mail address (A to Z in either case) is taken."""
        ...

    async def find_user(self, user_id: str) -> User | None: ...

    async def find_user_by_email(self, email: str) -> User | None: ...

    async def list_users(self) -> list[User]:
        """Return every account, by e-mail address."""
        ...

    async def change_password(self, user_id: str, password_hash: str, audit: AuditEntry | None = None) -> None:
        """Set the password and end every session and login link of the user, in one step."""
        ...

    async def renew_password_hash(self, user_id: str, former: str, renewed: str) -> None:
        """Keep another hash of the same password, unless it was changed meanwhile; ends nothing."""
        ...

    async def add_project(self, project: Project, owner: Member | None, audit: AuditEntry | None = None) -> None:
        """Add a project and its first member together. MUST raise AlreadyExists on a taken id, also a deleted one."""
        ...

    async def find_project(self, project_id: str) -> Project | None:
        """Return the project also when it is deleted: the caller decides."""
        ...

    async def list_projects(self, user_id: str, *, is_deleted: bool = False) -> list[tuple[Project, Member]]:
        """Return the projects in which the user is a member, by name: those that are there, or those deleted."""
        ...

    async def change_project(self, project_id: str, name: str, description: str, audit: AuditEntry) -> bool:
        """Set name and description; tells whether the project was there."""
        ...

    async def delete_project(self, project_id: str, at_us: int, audit: AuditEntry) -> bool:
        """Mark the project as deleted: from then on it has no members and no keys; tells whether it was there."""
        ...

    async def restore_project(self, project_id: str, deleted_after_us: int, audit: AuditEntry) -> bool:
        """Bring back a project that was deleted after this time, with its members and keys; tells whether one was."""
        ...

    async def count_projects(self) -> int: ...

    async def count_users(self) -> int: ...

    async def read_redaction(self, project_id: str) -> RedactionRules:
        """Return the rules of a project: empty ones until they are set."""
        ...

    async def set_redaction(self, project_id: str, rules: RedactionRules, audit: AuditEntry) -> None:
        """Set the rules. `version` MUST grow: whoever accepts events obeys within a second."""
        ...

    async def add_member(self, member: Member, audit: AuditEntry | None = None) -> None: ...

    async def find_member(self, project_id: str, user_id: str, *, is_deleted: bool = False) -> Member | None:
        """Return a member of a project that is there, or of one that is deleted."""
        ...

    async def list_members(self, project_id: str) -> list[tuple[Member, User]]:
        """Return the members with who they are, without their passwords' hashes, in the order in which they came."""
        ...

    async def change_role(self, project_id: str, user_id: str, role: Role, audit: AuditEntry) -> bool:
        """Set a member's role; tells whether there was one. MUST raise LastOwner rather than leave no owner."""
        ...

    async def remove_member(self, project_id: str, user_id: str, audit: AuditEntry) -> bool:
        """Take a member out, with the views kept in the project. MUST raise LastOwner rather than leave no owner."""
        ...

    async def add_invite(self, invite: Invite, audit: AuditEntry) -> None:
        """Add an invite; one of the same address to the same project before it is worth nothing any more."""
        ...

    async def find_invite(self, token_hash: str, now_us: int) -> Invite | None:
        """Return an invite that has not expired, to a project that is there."""
        ...

    async def list_invites(self, project_id: str, now_us: int) -> list[Invite]:
        """Return those that have not expired."""
        ...

    async def remove_invite(self, project_id: str, invite_id: str, audit: AuditEntry) -> bool: ...

    async def accept_invite(self, invite: Invite, user: User, member: Member, audit: AuditEntry) -> bool:
        """Use an invite up, add the user unless there is one of this id, and the member, in one step.

        Tells whether the invite was still there: it MUST work for one caller only. MUST raise AlreadyExists, and leave
        the invite, when the user's e-mail address is another user's, or the user is a member already.
        """
        ...

    async def add_api_key(self, key: ApiKey, audit: AuditEntry | None = None, *, most: int | None = None) -> None:
        """MUST raise AlreadyExists when the id or the hash is taken, and LimitReached when the project has `most` keys
        that are neither revoked nor expired, also when several are added at once.
        """
        ...

    async def find_api_key(self, key_id: str) -> ApiKey | None:
        """Return the key also when it is expired or revoked: the caller decides; none of a deleted project."""
        ...

    async def find_api_key_by_hash(self, key_hash: str) -> ApiKey | None: ...

    async def list_api_keys(self, project_id: str) -> list[ApiKey]: ...

    async def revoke_api_key(self, key_id: str, at_us: int, audit: AuditEntry | None = None) -> bool:
        """Tells whether there was such a key that was not revoked."""
        ...

    async def rotate_api_key(
        self, old_key_id: str, old_expires_us: int, new: ApiKey, audit: AuditEntry, *, most: int | None = None
    ) -> bool:
        """Add a key and let an older one of the same project expire, at the latest at this time, in one step.

        Tells whether there was an older one that was not revoked; without it, nothing is added. MUST raise LimitReached
        as `add_api_key` does, not counting the older one.
        """
        ...

    async def touch_api_key(self, key_id: str, used_us: int) -> None:
        """Note when the key was used. The version stays: no right has changed."""
        ...

    async def add_audit(self, entry: AuditEntry) -> None:
        """Add a row about what changed nothing here, such as a refused login."""
        ...

    async def list_audit(self, project_id: str, *, before: int | None, limit: int) -> list[AuditRow]:
        """Return the rows of a project's chain, the newest first, those with a lower number than `before`."""
        ...

    async def add_deletion(self, deletion: Deletion, audit: AuditEntry) -> None:
        """Add what is to be gone. MUST raise AlreadyExists for a project that is being deleted for good already."""
        ...

    async def list_deletions(self, project_id: str, *, limit: int) -> list[Deletion]:
        """Return those of a project, the newest first."""
        ...

    async def list_unfinished_deletions(self) -> list[Deletion]:
        """Return those of all projects that somebody has still to work on, the oldest first."""
        ...

    async def mark_erased(self, deletion_id: str, at_us: int) -> None:
        """Note since when nothing of it is read any more."""
        ...

    async def mark_finished(self, deletion_id: str, at_us: int) -> None:
        """Note since when nothing of it is on disk any more."""
        ...

    async def read_tombstones(self, requested_after_us: int) -> Tombstones:
        """Return the traces whose deletion was asked for since a time, and all projects that are deleted for good.

        `version` MUST grow whenever the answer does.
        """
        ...

    async def list_expired_projects(self, deleted_before_us: int) -> list[str]:
        """Return projects that were deleted up to this time, and whose deletion for good was not added yet."""
        ...

    async def erase_project(self, project_id: str) -> None:
        """Forget everything about a deleted project but its id, which MUST NOT be given again, and its audit log."""
        ...

    async def add_session(self, session: Session, audit: AuditEntry | None = None) -> None:
        """Add a session; sessions, links and invites that expired before it began are forgotten."""
        ...

    async def find_session(self, session_hash: str) -> Session | None: ...

    async def list_sessions(self, user_id: str) -> list[Session]:
        """Return the user's sessions, also those that have expired: the caller decides; the newest first."""
        ...

    async def touch_session(self, session_hash: str, seen_us: int) -> None: ...

    async def remove_session(self, session_hash: str, audit: AuditEntry | None = None) -> None: ...

    async def add_login_link(self, link: LoginLink) -> None: ...

    async def find_login_link(self, link_hash: str, now_us: int, purpose: LinkPurpose = "login") -> LoginLink | None:
        """Return a link that has not expired, and leave it."""
        ...

    async def take_login_link(self, link_hash: str, now_us: int, purpose: LinkPurpose = "login") -> LoginLink | None:
        """Remove and return a link that has not expired. MUST give it to one caller only, and for its purpose alone."""
        ...

    async def add_view(self, view: SavedView, most: int, audit: AuditEntry | None = None) -> None:
        """MUST raise AlreadyExists when the owner has the name on the page already in this project, and
        LimitReached when the owner has `most` views in this project, also when several are added at once.
        """
        ...

    async def list_views(self, project_id: str, user_id: str, page: str | None) -> list[SavedView]:
        """Return the user's own views in the project, of one page or of all, by page and name."""
        ...

    async def find_view(self, project_id: str, user_id: str, view_id: str) -> SavedView | None:
        """Return a view of the user's own in the project; that of another is none."""
        ...

    async def change_view(self, view: SavedView, audit: AuditEntry | None = None) -> bool:
        """Set name, query and time of change of the owner's view; tells whether it was there.

        MUST raise AlreadyExists when another view of the same owner, project and page has the name.
        """
        ...

    async def remove_view(self, project_id: str, user_id: str, view_id: str, audit: AuditEntry | None = None) -> bool:
        """Remove a view of the user's own; tells whether it was there."""
        ...

    async def close(self) -> None: ...
