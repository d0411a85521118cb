"""A project with one small story, for the tests that only read."""

from __future__ import annotations

import pytest
from tests.api.reading import Project, event, model_call, new_project
from tests.running import Server


@pytest.fixture(scope="session")
def story(server: Server) -> Project:
    """Three traces: an agent with a failure below, one without any price, and a single log."""
    project = new_project(server)
    agent = {"sessionId": "s1", "userId": "u1", "environment": "prod", "release": "r1", "tags": ["red", "blue"]}
    action = {"action": "plan", "agentName": "Planner", "input": "refund please", "output": "done", "stepIndex": 1}
    project.store(
        event("root", "agent", 0, "agent_action", body=action, **agent),
        model_call("call", "agent", 1, "gpt-4o", parentEventId="root"),
        model_call("unknown", "agent", 2, "no-such-model-xyz", parentEventId="root"),
        event("lost", "agent", 3, "error", body={"message": "boom"}, parentEventId="never came"),
        model_call("free", "unpriced", 100, "no-such-model-xyz", sessionId="s2"),
        event("line", "single", 200, userId="u2"),
    )
    return project


@pytest.fixture
def empty(server: Server) -> Project:
    """A project in which nothing has happened."""
    return new_project(server)
