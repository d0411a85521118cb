"""A saved view: a page of the web app as one person left it, to come back to."""

from __future__ import annotations

import msgspec


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """One view of one user in one project. `query` is a JSON object: what stands in the page's address."""

    view_id: str
    project_id: str
    user_id: str
    page: str
    name: str
    query: str
    created_at_us: int
    changed_at_us: int
