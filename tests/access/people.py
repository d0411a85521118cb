"""Signed-in people, and projects as they make them through the API."""

from __future__ import annotations

from typing import Any

from tests.access.browser import Browser
from tests.access.tenants import Tenants
from tests.ingest.calls import Answer
from tests.running import Server

from watchllm_server.model.project import Role, User

PROJECTS = "/api/v1/projects"


class Person:
    """A user with a browser of the user's own."""

    def __init__(self, server: Server, tenants: Tenants) -> None:
        self.user: User = tenants.add_user()
        self.browser = Browser(server, tenants.add_session(self.user.user_id))

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask below the projects."""
        return self.browser.call(method, f"{PROJECTS}{path}", body)

    def make_project(self, name: str = "first") -> str:
        """Make a project and return its id."""
        answer = self.call("POST", "", {"name": name})
        assert answer.status == 201, answer.body
        return answer.json["project_id"]

    def joins(self, tenants: Tenants, project_id: str, role: Role) -> None:
        """Become a member."""
        tenants.add_member(project_id, self.user.user_id, role)

    def audit(self, project_id: str) -> list[dict[str, Any]]:
        """Return the audit log of a project, the oldest first."""
        answer = self.call("GET", f"/{project_id}/audit?limit=1000")
        assert answer.status == 200, answer.body
        return answer.json["data"][::-1]
