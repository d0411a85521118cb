"""Saved views over HTTP: what a signed-in person keeps; nobody else sees or changes it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.access.browser import Browser
from tests.access.tenants import Tenants
from tests.api.reading import Project
from tests.ingest.calls import Answer
from tests.running import Server

from watchllm_server.ui_backend.routes.views import View, ViewList

VIEWS: Final = "/api/v1/views"
NEW: Final[dict[str, Any]] = {
    "name": "Expensive",
    "page": "traces",
    "query": {"filter": {"and": []}, "columns": ["名前"]},
}


class Person:
    """A member of a project in a browser."""

    def __init__(self, server: Server, project_id: str, role: Any = "VIEWER") -> None:
        tenants = Tenants(server)
        user = tenants.add_user()
        tenants.add_member(project_id, user.user_id, role)
        self._browser = Browser(server, tenants.add_session(user.user_id))
        self._project_id = project_id

    def ask(self, method: str, path: str = "", body: Any = None) -> Answer:
        return self._browser.call(method, f"{VIEWS}{path}?project_id={self._project_id}", body)

    def names(self) -> list[str]:
        return [view["name"] for view in self.ask("GET").json["data"]]


@pytest.fixture
def person(server: Server, empty: Project) -> Person:
    return Person(server, empty.project_id)


def test_a_view_is_kept_changed_and_removed(person: Person) -> None:
    kept = person.ask("POST", body=NEW)
    assert kept.status == 201
    assert View.model_validate(kept.json).model_dump() == kept.json
    assert {name: kept.json[name] for name in NEW} == NEW
    listed = person.ask("GET").json
    assert ViewList.model_validate(listed).model_dump() == listed
    assert listed["data"] == [kept.json]
    path = f"/{kept.json['view_id']}"
    renamed = person.ask("PATCH", path, {"name": "  Dear  "})
    assert (renamed.json["name"], renamed.json["query"]) == ("Dear", NEW["query"])
    assert person.ask("PATCH", path, {"query": {}}).json["query"] == {}
    assert person.ask("DELETE", path).status == 204
    assert person.names() == []
    for method in ("PATCH", "DELETE"):
        assert person.ask(method, path, {}).code == "not_found"


def test_views_of_another_person_and_project_do_not_exist(server: Server, person: Person, empty: Project) -> None:
    view_id = person.ask("POST", body=NEW).json["view_id"]
    for other in (Person(server, empty.project_id, "OWNER"), Person(server, Tenants(server).add_project(), "OWNER")):
        assert other.names() == []
        for method in ("PATCH", "DELETE"):
            theirs, none = other.ask(method, f"/{view_id}", {}), other.ask(method, "/view_none", {})
            assert (theirs.status, theirs.json["error"]["message"]) == (404, none.json["error"]["message"])
    assert person.names() == [NEW["name"]]


def test_a_name_is_taken_once_on_a_page(person: Person) -> None:
    person.ask("POST", body=NEW)
    assert person.ask("POST", body=NEW).code == "conflict"
    assert person.ask("POST", body={**NEW, "page": "dashboard"}).status == 201
    other = person.ask("POST", body={**NEW, "name": "Other"}).json["view_id"]
    assert person.ask("PATCH", f"/{other}", {"name": NEW["name"]}).code == "conflict"


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {**NEW, "name": ""}, {**NEW, "name": "  "}, {**NEW, "name": "x" * 101}, {**NEW, "name": "a\nb"},
        {**NEW, "page": "Traces"}, {**NEW, "page": "../x"}, {**NEW, "query": []}, {**NEW, "query": None},
        {**NEW, "query": {"x": "y" * 17_000}}, {**NEW, "user_id": "user_first"},
        {**NEW, "project_id": "proj_other"}, {**NEW, "view_id": "view_mine"},
    ],
)  # fmt: skip
def test_what_is_no_view_is_refused(person: Person, body: Any) -> None:
    assert person.ask("POST", body=body).code == "bad_parameter"
    assert person.names() == []


def test_a_view_is_of_a_person_and_not_of_a_key(empty: Project) -> None:
    assert empty.refusal(VIEWS) == (403, "scope_missing")
