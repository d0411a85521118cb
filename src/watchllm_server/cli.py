"""The command `watchllm`: one function per subcommand, each a few lines that call what does the work.

Imports stand inside the commands: `watchllm --help` must not load an engine.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from watchllm_server.cli_admin import admin_app
from watchllm_server.cli_dead_letters import dead_letters_app
from watchllm_server.errors import Unavailable, WatchLLMError
from watchllm_server.garbage import expect_loading
from watchllm_server.lean import load_no_pandas
from watchllm_server.settings import Settings, load_settings

if TYPE_CHECKING:
    from watchllm_server.bootstrap import FirstStart

app = typer.Typer(
    name="watchllm",
    help="Observability for LLM applications and AI agents.",
    no_args_is_help=True,
    add_completion=False,
)

# What scripts may rely on: a start that was refused, as against one that failed.
EXIT_REFUSED: Final = 2
EXIT_FAILED: Final = 1

Host = Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")]
Port = Annotated[int | None, typer.Option(help="Port to listen on (default 8000; 0 takes a free one).")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of the embedded stores (default ./data).")]
Parent = Annotated[int | None, typer.Option(hidden=True)]


def main() -> None:
    """Run the command; errors of ours are one line on stderr."""
    expect_loading()
    load_no_pandas()
    try:
        app()
    except WatchLLMError as error:
        print(f"watchllm: {error.message}", file=sys.stderr)
        sys.exit(EXIT_FAILED if isinstance(error, Unavailable) else EXIT_REFUSED)


def _settings(host: str | None = None, port: int | None = None, data_dir: Path | None = None) -> Settings:
    from watchllm_server import failpoints
    from watchllm_server.telemetry import configure_logging

    settings = load_settings(host=host, port=port, data_dir=data_dir)
    configure_logging(settings.log_level, settings.log_format)
    failpoints.arm(settings.failpoints, settings.run_dir / "failpoints")
    return settings


def _run(coroutine: object) -> None:
    import uvloop

    uvloop.run(coroutine)  # pyright: ignore[reportArgumentType, reportUnknownMemberType]


@app.command()
def serve(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run everything: ingest, processor, web app and the embedded engine, on one port."""
    from watchllm_server.serve import serve as run

    _run(run(_settings(host, port, data_dir), _announce))


def _announce(url: str, first: FirstStart) -> None:
    lines = [f"WatchLLM is ready at {url}", "", *_first_lines(url, first)]
    if not first.login_token:
        lines += ["  `watchllm login-link` prints a way in without the password.", ""]
    print("\n".join(lines), flush=True)


def _first_lines(url: str, first: FirstStart) -> list[str]:
    lines: list[str] = []
    if first.login_token:
        lines += [
            f"  Sign in (once, within {first.login_minutes} minutes):",
            f"    {url}/auth/link/{first.login_token}",
            "",
        ]
    lines += [f"  Project    {first.project_id}"]
    if first.api_key:
        lines += [f"  API key    {first.api_key}", "             shown this once; it is stored hashed", ""]
    else:
        lines += ["  API key    as before (made at the first start)", ""]
    return lines


@app.command()
def ingest(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run the role that accepts events."""
    from watchllm_server.lifeline import wait_for_stop
    from watchllm_server.web_server import run_role

    _run(run_role(_settings(host, port, data_dir), has_ingest=True, has_ui=False, until=lambda: wait_for_stop(None)))


@app.command(name="ui-backend")
def ui_backend(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run the role that answers questions and serves the web app."""
    from watchllm_server.lifeline import wait_for_stop
    from watchllm_server.web_server import run_role

    _run(run_role(_settings(host, port, data_dir), has_ingest=False, has_ui=True, until=lambda: wait_for_stop(None)))


@app.command()
def processor(data_dir: DataDir = None, parent: Parent = None) -> None:
    """Run the role that stores accepted events."""
    from watchllm_server.roles.processor import run

    _run(run(_settings(data_dir=data_dir), parent))


@app.command()
def engine(data_dir: DataDir = None, parent: Parent = None) -> None:
    """Run the embedded event store in a process of its own."""
    from watchllm_server.roles.engine import run

    asyncio.run(run(_settings(data_dir=data_dir), parent))


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the event store to this version, and make the first user, project and key where there are none."""
    from watchllm_server.roles.migrate import make_first, run

    settings = _settings(data_dir=data_dir)
    for name in asyncio.run(run(settings)):
        print(f"applied {name}")
    print("the event store is at this version")
    if first := asyncio.run(make_first(settings)):
        print("\n".join(_first_lines(settings.public_url or "http://<where ui-backend answers>", first)))


@app.command()
def doctor(data_dir: DataDir = None) -> None:
    """Check settings, folders, disk, stores and versions, and say what to do."""
    from watchllm_server.doctor import examine

    findings = asyncio.run(examine(_settings(data_dir=data_dir)))
    for finding in findings:
        print(finding.line())
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


@app.command()
def quarantine(
    data_dir: DataDir = None,
    force: Annotated[bool, typer.Option("--force", help="Also when a check of the file finds nothing.")] = False,
) -> None:
    """Move a damaged queue away and begin again with what can be read of it; the server must be stopped."""
    from watchllm_server.roles.quarantine import run

    print("\n".join(run(_settings(data_dir=data_dir), is_forced=force)))


app.add_typer(admin_app(lambda data_dir: _settings(data_dir=data_dir)), name="admin")
app.add_typer(dead_letters_app(lambda data_dir: _settings(data_dir=data_dir)), name="dead-letters")


@app.command(name="login-link")
def login_link(data_dir: DataDir = None) -> None:
    """Print a new one-time login link for the first user."""
    from watchllm_server.roles.login_link import run

    print(asyncio.run(run(_settings(data_dir=data_dir))))


@app.command()
def demo(
    base_url: Annotated[str, typer.Option(help="Address of the server.")] = "http://127.0.0.1:8000",
    api_key: Annotated[str, typer.Option(envvar="WATCHLLM_API_KEY", help="API key with the scope ingest.")] = "",
    traces: Annotated[int, typer.Option(help="How many traces to send.")] = 200,
    hours: Annotated[int, typer.Option(help="Spread over the last so many hours.")] = 24,
) -> None:
    """Send a realistic, varied agent workload through the public API."""
    from rich.progress import Progress

    from watchllm_server.demo import run_demo

    if not api_key:
        print("watchllm: demo needs --api-key or WATCHLLM_API_KEY", file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    with Progress() as progress:
        task = progress.add_task("sending traces", total=traces)
        asyncio.run(
            run_demo(
                base_url, api_key, traces=traces, hours=hours,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        )  # fmt: skip
    print(f"done; open {base_url}/traces")
