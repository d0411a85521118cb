"""The command `watchllm admin`: accounts, for whoever runs the server; beside a running server or without one.

Imports stand inside the commands: `watchllm --help` must not load an engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from watchllm_server.settings import Settings

DataDir = Annotated[Path | None, typer.Option(help="Folder of the embedded stores (default ./data).")]


def admin_app(load: Callable[[Path | None], Settings]) -> typer.Typer:
    """Return the subcommands; `load` reads the settings for a data folder."""
    app = typer.Typer(help="List accounts, make one, reset a password, read the audit log.", no_args_is_help=True)

    @app.command(name="list")
    def list_(data_dir: DataDir = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """Print one line for each account: address, id, projects."""
        from watchllm_server.roles.admin import list_users

        for line in asyncio.run(list_users(load(data_dir))):
            typer.echo(line)

    @app.command(name="create-user")
    def create_user(  # pyright: ignore[reportUnusedFunction]
        email: str,
        name: Annotated[str, typer.Option(help="How others see this person.")] = "",
        data_dir: DataDir = None,
    ) -> None:
        """Make an account, and print a one-time link that signs in to it."""
        from watchllm_server.roles.admin import create_user as run

        typer.echo(asyncio.run(run(load(data_dir), email, name)))

    @app.command(name="reset-password")
    def reset_password(email: str, data_dir: DataDir = None) -> None:  # pyright: ignore[reportUnusedFunction]
        """Take a password away, end every session, and print a one-time link that signs in."""
        from watchllm_server.roles.admin import reset_password as run

        typer.echo(asyncio.run(run(load(data_dir), email)))

    @app.command()
    def audit(  # pyright: ignore[reportUnusedFunction]
        project: Annotated[str, typer.Option(help="The log of a project, also of one that is gone.")] = "",
        data_dir: DataDir = None,
    ) -> None:
        """Print the audit log as JSON lines, the oldest first: ways in, refusals, accounts; checks its chain."""
        from watchllm_server.roles.admin import audit_lines

        lines, is_whole = asyncio.run(audit_lines(load(data_dir), project))
        for line in lines:
            typer.echo(line)
        if not is_whole:
            typer.echo("the chain is broken: a row was changed or taken out", err=True)
            raise typer.Exit(1)

    return app
