"""Every setting: name, type, default and help in one table; the only place that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from watchllm_server.errors import SettingsError

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Settings of the server. Each is read from `WATCHLLM_<NAME>`; the command line overrides some."""

    model_config = SettingsConfigDict(env_prefix="WATCHLLM_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("data"), description="Folder of the embedded stores, keys and run files.")
    host: str = Field("127.0.0.1", description="Address to listen on. Anything but loopback needs `behind_proxy`.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    behind_proxy: bool = Field(
        False, description="A TLS-terminating proxy stands in front: allows a public `host`, sets Secure cookies."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Host names that requests may name, comma separated, besides loopback names and `host`."
    )
    public_url: str = Field(
        "",
        description="Address under which people reach this server, for links in letters, such as"
        " `https://watch.example.com`. Empty: the address it listens on.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Where letters are given up: `smtp[s]://user:password@host:port`. Without it, links"
        " of invites are shown to whoever invites, and a lost password is reset by `watchllm admin reset-password`.",
    )
    mail_from: str = Field("watchllm@localhost", description="The address that letters come from.")
    mail_timeout_s: float = Field(10.0, description="A mail server that takes longer is given up.")
    log_level: str = Field("info", description="debug, info, warning or error.")
    log_format: str = Field("text", description="text for people, json for machines.")

    event_store: str = Field(
        "",
        description="URL of the event store: `chdb:///path` (embedded) or `clickhouse://user:password@host:port/db`."
        " Empty: chdb in the data folder.",
    )
    event_store_cluster: str = Field(
        "",
        description="Name of the cluster of ClickHouse servers that `event_store` is one of: its tables are then"
        " distributed and replicated. Set before the tables are made.",
    )
    queue: SecretStr | None = Field(
        None,
        description="URL of the queue: `sqlite:///path`, or a Redis for several machines:"
        " `redis[s]://user:password@host:port/0` (`rediss` with TLS). Without it: in the data folder.",
    )
    accept_one_second_loss: bool = Field(
        False,
        description="Whether a Redis may hold the queue that syncs once a second (`appendfsync everysec`): a power cut"
        " then loses what was accepted in the last second. /healthz says so.",
    )
    metadata: SecretStr | None = Field(
        None,
        description="URL of the metadata store: `sqlite:///path`, or a MongoDB:"
        " `mongodb[+srv]://user:password@host:port/database`. Without it: in the data folder.",
    )

    max_body_bytes: int = Field(
        20 * MIB, description="Largest request body, before and after decompression (OTLP's advice)."
    )
    max_batch_events: int = Field(100, description="Largest native batch: larger ones make one bad event too costly.")
    max_event_bytes: int = Field(4 * MIB, description="Largest single event: it must be shown in a browser.")
    max_text_bytes: int = Field(MIB, description="Longest text field; longer ones are cut and marked.")
    max_depth: int = Field(64, description="Deepest nesting of an event: deeper is an error or an attack.")
    max_attributes: int = Field(512, description="Most attributes of one event; the rest is counted and dropped.")
    body_timeout_s: float = Field(30.0, description="A body that takes longer to arrive is given up (408).")
    ingest_arriving_bytes: int = Field(
        256 * MIB,
        description="What bodies may hold together while they arrive, beyond the first 64 KiB of each: slow clients"
        " hold memory, but nothing else. Above it ingest waits 5 s, and then answers 503.",
    )
    ingest_decoded_bytes: int = Field(
        128 * MIB,
        description="What compressed bodies may become together, beyond the first 64 KiB of each: six of the largest"
        " at once keep two cores busy. Above it ingest waits 5 s, and then answers 503.",
    )
    ingest_concurrency: int = Field(64, description="Requests decoded at once; more wait, to bound memory.")

    queue_max_events: int = Field(5_000_000, description="Cap of the backlog in events; above it ingest answers 429.")
    queue_max_bytes: int = Field(
        20 * 1024 * MIB, description="Cap of the queue on disk in bytes; above it ingest answers 429."
    )
    queue_grace_s: float = Field(
        600.0,
        description="How long acknowledged entries stay. Half of it later, and after every start, their ids are looked"
        " for in the event store, and what is missing is stored again.",
    )
    rejected_ids_max: int = Field(
        100_000,
        gt=0,
        description="How many refused events can be found by their ids: about 30 MB on disk. The oldest go first.",
    )
    rejected_ids_s: float = Field(
        7 * 86_400.0, description="How long a refused event can be found by its id: a week covers a holiday."
    )
    disk_ready_ratio: float = Field(
        0.90,
        gt=0,
        le=1,
        description="Share of the queue's disk in use from which /readyz answers 503.",
    )
    disk_stop_ratio: float = Field(
        0.95,
        gt=0,
        le=1,
        description="Share of the queue's disk in use from which ingest answers 503: the rest is for storing.",
    )

    bundle_max_events: int = Field(
        10_000, description="Most events inserted together: the engine is fastest from 10,000."
    )
    bundle_max_bytes: int = Field(
        64 * MIB,
        description="Most bytes of bodies, decompressed, inserted together: bounds memory. 10,000 events of 6 KB fit.",
    )
    bundle_interval_ms: int = Field(
        300,
        description="Shortest time between inserts: fewer and larger parts. What comes after a pause waits for none.",
    )
    lease_s: float = Field(60.0, description="How long a processor may work on a bundle without a sign of life.")
    retry_min_s: float = Field(1.0, description="First wait after a failed insert; doubles up to `retry_max_s`.")
    retry_max_s: float = Field(30.0, description="Longest wait between attempts.")
    insert_timeout_s: float = Field(10.0, description="An insert that takes longer is given up and tried again.")

    query_max_seconds: float = Field(20.0, description="Longest read query.")
    query_max_bytes: int = Field(1024 * MIB, description="Most memory of one read query.")
    query_max_rows: int = Field(2_000_000, description="Most rows one read may return.")
    live_max_streams: int = Field(
        50,
        gt=0,
        description="Most live views of one project at once in one process; more get 429. They share one poll.",
    )
    export_max_rows: int = Field(
        100_000, gt=0, description="Most rows of one export: a file that a spreadsheet opens. A cut one says so."
    )
    views_max: int = Field(
        200, gt=0, description="Most saved views of one user in one project: more than a menu shows."
    )
    invite_days: int = Field(7, gt=0, description="How long an invite can be accepted: a week, with its holiday.")
    invites_max: int = Field(
        100, gt=0, description="Most invites of a project that wait: more than a team sends out at once."
    )
    api_keys_max: int = Field(
        100, gt=0, description="Most API keys of a project that are not revoked: more than a person can look after."
    )
    redaction_patterns_max: int = Field(
        20, gt=0, description="Most patterns of redaction of a project's own: each is looked for in every text."
    )
    users_may_make_projects: bool = Field(
        True, description="Whether everybody with an account may make a project; false where one team runs them all."
    )
    project_restore_days: int = Field(
        30,
        ge=0,
        description="How long the owners of a deleted project may restore it: a month of second thoughts. "
        "After that it is erased for good; with 0 at once.",
    )
    stats_max_intervals: int = Field(
        1_500, gt=0, description="Most intervals of one series: a day of minutes, more than a screen has pixels."
    )
    query_concurrency: int = Field(4, description="Reads at once; more wait up to 5 s, then get 429.")
    engine_memory_bytes: int = Field(4 * 1024 * MIB, description="Memory cap of the embedded engine over all queries.")

    session_idle_s: float = Field(12 * 3600.0, description="A session unused for this long ends.")
    session_max_s: float = Field(7 * 86400.0, description="A session older than this ends.")
    login_link_s: float = Field(900.0, description="How long a one-time login link works.")
    logins_per_minute: int = Field(10, description="Login attempts per minute and address; more get 429.")
    reads_per_minute: int = Field(6_000, description="API reads per minute and key; more get 429.")
    metrics_token: SecretStr | None = Field(
        None, description="Bearer token for /metrics from other hosts; loopback needs none."
    )

    failpoints: str = Field(
        "",
        description="For fault tests alone: where processes die, fail or hang, such as `ingest.committed=kill*3`.",
    )

    init_project_id: str = Field("", description="Id of the project made at the first start (headless).")
    init_project_name: str = Field("Default project", description="Name of the project made at the first start.")
    init_api_key: SecretStr | None = Field(
        None, description="API key of the first project: any `wl_` string of at least 32 characters."
    )
    init_user_email: str = Field("", description="E-mail address of the first user.")
    init_user_password: SecretStr | None = Field(None, description="Password of the first user, 12 to 128 characters.")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _names_of_list(cls, given: object) -> object:
        """Read a comma-separated list; host names compare in lower case."""
        return (
            tuple(name.strip().lower() for name in given.split(",") if name.strip())
            if isinstance(given, str)
            else given
        )

    @property
    def queue_url(self) -> str:
        """The URL of the queue with the password in it; "" for the file of the data folder."""
        return self.queue.get_secret_value() if self.queue else ""

    @property
    def has_redis_queue(self) -> bool:
        return self.queue_url.startswith(("redis://", "rediss://"))

    @property
    def queue_path(self) -> Path:
        """The file of the queue, when it is one."""
        beside = " or redis://…"
        return _file_of(self.queue_url, "sqlite", "WATCHLLM_QUEUE", beside) or self.data_dir / "queue" / "queue.db"

    @property
    def metadata_url(self) -> str:
        """The URL of the metadata store with the password in it; "" for the file of the data folder."""
        return self.metadata.get_secret_value() if self.metadata else ""

    @property
    def has_metadata_file(self) -> bool:
        return not self.metadata_url.startswith(("mongodb://", "mongodb+srv://"))

    @property
    def metadata_path(self) -> Path:
        """The file of the metadata store, when it is one."""
        beside = " or mongodb://…"
        return _file_of(self.metadata_url, "sqlite", "WATCHLLM_METADATA", beside) or self.data_dir / "metadata.db"

    @property
    def engine_dir(self) -> Path:
        return _file_of(self.event_store, "chdb", "WATCHLLM_EVENT_STORE") or self.data_dir / "events"

    @property
    def has_embedded_engine(self) -> bool:
        return not self.event_store or self.event_store.startswith("chdb:")

    @property
    def run_dir(self) -> Path:
        """Where processes find each other: locks, the engine's address and password."""
        return self.data_dir / "run"


def _file_of(url: str, scheme: str, name: str, beside: str = "") -> Path | None:
    if not url:
        return None
    prefix = f"{scheme}:///"
    if not url.startswith(prefix):
        raise SettingsError(f"{name} is {url.split(':')[0]}://…, but only {prefix}path{beside} is supported")
    return (
        Path("/" + url.removeprefix(prefix).lstrip("/"))
        if url.startswith(f"{scheme}:////")
        else Path(url.removeprefix(prefix))
    )


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` with None are left out. Raises SettingsError with every wrong name."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        problems = "; ".join(
            f"WATCHLLM_{'_'.join(str(p) for p in item['loc']).upper()}: {item['msg']}" for item in error.errors()
        )
        raise SettingsError(problems) from None
    # Read here once, so that a URL of another scheme is refused before any role has started.
    _ = (
        settings.has_redis_queue or settings.queue_path,
        settings.has_metadata_file and settings.metadata_path,
        settings.has_embedded_engine and settings.engine_dir,
    )
    is_public = settings.host not in ("127.0.0.1", "::1", "localhost")
    if is_public and not settings.behind_proxy:
        raise SettingsError(
            f"WATCHLLM_HOST is {settings.host}: this serves passwords and keys in the clear to other machines. "
            "Put a TLS proxy in front and set WATCHLLM_BEHIND_PROXY=1, or listen on 127.0.0.1."
        )
    return settings


def environment_for_child(**extra: str) -> dict[str, str]:
    """Return this process's environment plus `extra`, for a process that we start."""
    return {**os.environ, **extra}
