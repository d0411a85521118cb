"""The first start: makes a user, a project, an API key and a way in, once; later starts change nothing."""

from __future__ import annotations

import contextlib
import math
from typing import Final

import msgspec

from watchllm_server.clock import Clock
from watchllm_server.errors import SettingsError
from watchllm_server.model.ids import new_object_id
from watchllm_server.model.project import ApiKey, LoginLink, Member, Project, User
from watchllm_server.model.times import MICROSECONDS
from watchllm_server.security.passwords import check_strength, hash_password
from watchllm_server.security.tokens import KEY_PREFIX, keyed_hash, new_api_key, new_link_token, shown_prefix
from watchllm_server.settings import Settings
from watchllm_server.stores.metadata.contract import AlreadyExists, MetadataStore

# A fixed id makes the first user the same one for two starts at once, and for every later start.
FIRST_USER_ID: Final = "user_first"
DEFAULT_EMAIL: Final = "admin@localhost"
# Shorter keys could be guessed; the setting's help says so too.
MIN_GIVEN_KEY_CHARS: Final = 32


class FirstStart(msgspec.Struct, frozen=True, kw_only=True):
    """What the start prints. `api_key` only when it was made now; `login_token` only while there is no password."""

    project_id: str
    api_key: str | None
    login_token: str | None
    login_minutes: int


async def ensure_first_start(settings: Settings, metadata: MetadataStore, clock: Clock, pepper: bytes) -> FirstStart:
    """Make what is missing. Raises SettingsError for an initial key or password that is too weak."""
    user = await _ensure_user(settings, metadata, clock)
    project = await _ensure_project(settings, metadata, clock, user)
    api_key = await _ensure_key(settings, metadata, clock, pepper, project)
    token = None if user.password_hash else await new_login_link(settings, metadata, clock, pepper)
    return FirstStart(
        project_id=project.project_id,
        api_key=api_key,
        login_token=token,
        login_minutes=math.ceil(settings.login_link_s / 60),
    )


async def new_login_link(
    settings: Settings, metadata: MetadataStore, clock: Clock, pepper: bytes, user_id: str = FIRST_USER_ID
) -> str:
    """Return a new one-time token for a user, by default the first one."""
    user = await metadata.find_user(user_id)
    if user is None:
        raise SettingsError("there is no user yet; start `watchllm serve` once")
    token, now_us = new_link_token(), clock.now_us()
    await metadata.add_login_link(
        LoginLink(
            link_hash=keyed_hash(pepper, token),
            user_id=user.user_id,
            created_at_us=now_us,
            expires_at_us=now_us + int(settings.login_link_s * MICROSECONDS),
        )
    )
    return token


async def _ensure_user(settings: Settings, metadata: MetadataStore, clock: Clock) -> User:
    known = await metadata.find_user(FIRST_USER_ID)
    if known is not None:
        return known
    email = settings.init_user_email or DEFAULT_EMAIL
    password = settings.init_user_password.get_secret_value() if settings.init_user_password else ""
    if password:
        await check_strength(password, email)
    user = User(
        user_id=FIRST_USER_ID,
        email=email,
        name=email.partition("@")[0],
        created_at_us=clock.now_us(),
        password_hash=await hash_password(password) if password else "",
    )
    with contextlib.suppress(AlreadyExists):
        await metadata.add_user(user)
    return await metadata.find_user(FIRST_USER_ID) or user


async def _ensure_project(settings: Settings, metadata: MetadataStore, clock: Clock, user: User) -> Project:
    mine = [project for project, _ in await metadata.list_projects(user.user_id)]
    wanted = settings.init_project_id
    known = next((p for p in mine if p.project_id == wanted), None) if wanted else next(iter(mine), None)
    if known is not None:
        return known
    now_us = clock.now_us()
    project = Project(project_id=wanted or new_object_id("proj"), name=settings.init_project_name, created_at_us=now_us)
    owner = Member(project_id=project.project_id, user_id=user.user_id, role="OWNER", created_at_us=now_us)
    with contextlib.suppress(AlreadyExists):
        await metadata.add_project(project, owner)
    return project


async def _ensure_key(
    settings: Settings, metadata: MetadataStore, clock: Clock, pepper: bytes, project: Project
) -> str | None:
    """Return a key that was made now and must be shown, or None."""
    given = settings.init_api_key.get_secret_value() if settings.init_api_key else ""
    if given:
        if not given.startswith(KEY_PREFIX) or len(given) < MIN_GIVEN_KEY_CHARS:
            raise SettingsError(
                f"WATCHLLM_INIT_API_KEY must begin with {KEY_PREFIX} and have at least {MIN_GIVEN_KEY_CHARS} characters"
            )
        if await metadata.find_api_key_by_hash(keyed_hash(pepper, given)) is None:
            with contextlib.suppress(AlreadyExists):
                await metadata.add_api_key(_key(project, new_object_id("key"), given, clock, pepper))
        return None
    if await metadata.list_api_keys(project.project_id):
        return None
    key_id, key = new_api_key()
    await metadata.add_api_key(_key(project, key_id, key, clock, pepper))
    return key


def _key(project: Project, key_id: str, key: str, clock: Clock, pepper: bytes) -> ApiKey:
    return ApiKey(
        key_id=key_id,
        project_id=project.project_id,
        name="first key",
        key_hash=keyed_hash(pepper, key),
        prefix=shown_prefix(key),
        scopes=("ingest", "read"),
        created_at_us=clock.now_us(),
    )
