"""The command `watchllm dead-letters`: events that could not be stored, listed, shown, replayed and discarded.

Imports stand inside the commands: `watchllm --help` must not load an engine.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from watchllm_server.settings import Settings

if TYPE_CHECKING:
    from watchllm_server.roles.dead_letters import Choice

EXIT_REFUSED: Final = 2

Project = Annotated[str, typer.Option("--project", help="The project; may be left out where there is one.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of the embedded stores (default ./data).")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of events; none: those of --code, --from and --to.")]
Code = Annotated[str | None, typer.Option("--code", help="Only letters with this code.")]
From = Annotated[str | None, typer.Option("--from", help="RFC 3339; default 400 days ago.")]
To = Annotated[str | None, typer.Option("--to", help="RFC 3339, exclusive; default now.")]
All = Annotated[bool, typer.Option("--all", help="Every kept letter of the project.")]
State = Annotated[
    Literal["kept", "replayed", "superseded", "discarded"], typer.Option("--state", help="What became of the letters.")
]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="Lines of the list, the newest first.")]


def dead_letters_app(load: Callable[[Path | None], Settings]) -> typer.Typer:
    """Return the subcommands; `load` reads the settings for a data folder."""
    app = typer.Typer(help="List, show, replay and discard events that could not be stored.", no_args_is_help=True)

    @app.command(name="list")
    def list_(  # pyright: ignore[reportUnusedFunction]
        project: Project = "",
        code: Code = None,
        from_: From = None,
        to: To = None,
        state: State = "kept",
        limit: Limit = 100,
        data_dir: DataDir = None,
    ) -> None:
        """Print one line for each letter: time, event id, code, reason."""
        from watchllm_server.roles.dead_letters import Choice, list_lines

        choice = Choice(project_id=project, code=code, from_=from_, to=to)
        for line in asyncio.run(list_lines(load(data_dir), choice, state=state, limit=limit)):
            typer.echo(line)

    @app.command()
    def show(event_id: str, project: Project = "", data_dir: DataDir = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """Print a letter with all of its content, as JSON."""
        from watchllm_server.roles.dead_letters import show as run

        typer.echo(asyncio.run(run(load(data_dir), project, event_id)))

    @app.command()
    def replay(  # pyright: ignore[reportUnusedFunction]
        event_ids: Ids = None,
        project: Project = "",
        code: Code = None,
        from_: From = None,
        to: To = None,
        all_: All = False,
        data_dir: DataDir = None,
    ) -> None:
        """Send events through the queue again, under their ids: for after a repair."""
        from watchllm_server.roles.dead_letters import replay as run

        choice = _choice(project, event_ids, code, from_, to, is_all=all_)
        typer.echo(asyncio.run(run(load(data_dir), choice)))

    @app.command()
    def discard(  # pyright: ignore[reportUnusedFunction]
        event_ids: Ids = None,
        project: Project = "",
        code: Code = None,
        from_: From = None,
        to: To = None,
        all_: All = False,
        data_dir: DataDir = None,
    ) -> None:
        """Take letters out of the list and forget their content."""
        from watchllm_server.roles.dead_letters import discard as run

        choice = _choice(project, event_ids, code, from_, to, is_all=all_)
        typer.echo(asyncio.run(run(load(data_dir), choice)))

    return app


def _choice(
    project: str, event_ids: list[str] | None, code: str | None, from_: str | None, to: str | None, *, is_all: bool
) -> Choice:
    from watchllm_server.roles.dead_letters import Choice

    is_named = bool(event_ids or code or from_ or to)
    if is_named == is_all:
        # A forgotten argument must not mean everything.
        typer.echo("watchllm: name events, or give --code, --from or --to, or --all alone", err=True)
        sys.exit(EXIT_REFUSED)
    return Choice(project_id=project, event_ids=tuple(event_ids or ()), code=code, from_=from_, to=to)
