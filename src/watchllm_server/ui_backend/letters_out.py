"""The words of the letters that people get: subject and text."""

from __future__ import annotations


def reset_letter(public_url: str, token: str) -> tuple[str, str]:
    """Return the letter to somebody who has lost a password."""
    return (
        "Your new WatchLLM password",
        "Somebody, probably you, asked for a new password for this address.\n\n"
        f"Set it here, within an hour:\n{public_url}/auth/reset/{token}\n\n"
        "If it was not you, nothing has changed, and you need not do anything.\n",
    )


def invite_letter(public_url: str, link: str, project: str, invited_by: str, days: int) -> tuple[str, str]:
    """Return the letter to somebody who was invited."""
    return (
        f"You are invited to {project} on WatchLLM",
        f"{invited_by} invites you to the project “{project}” on WatchLLM.\n\n"
        f"Accept here, within {days} days:\n{public_url}{link}\n\n"
        "If you do not know what this is about, you need not do anything.\n",
    )
