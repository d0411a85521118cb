"""A coding agent: reads, edits, runs tests, until they pass or it gives up; many steps, a growing context."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from watchllm_server.demo.models import GPT_41, SONNET, pick_release
from watchllm_server.demo.story import Json, Model, Story, Told, assistant, system, tool_result, user

AGENT: Final = "coder"
SYSTEM: Final = (
    "You change code in a repository. Read before you edit, run the tests after each change, and stop when they pass."
)


@dataclass(frozen=True)
class Job:
    """A task, the file it is about, the edit that solves it, and the failure on the way."""

    task: str
    path: str
    before: str
    after: str
    failure: str


JOBS: Final = (
    Job(
        "Retry uploads on 503 with exponential backoff.",
        "src/uploader/client.py",
        "def upload(self, part):\n    return self._http.put(part.url, part.data)",
        "def upload(self, part):\n    for wait in backoff(attempts=5):\n"
        "        answer = self._http.put(part.url, part.data)"
        "\n        if answer.status != 503:\n            return answer\n        sleep(wait)\n    return answer",
        "E   AssertionError: expected 5 attempts, got 1\ntests/test_client.py:41: AssertionError",
    ),
    Job(
        "The report shows yesterday's date for users east of Greenwich. Fix it.",
        "src/report/dates.py",
        "def today():\n    return datetime.utcnow().date()",
        "def today(zone):\n    return datetime.now(ZoneInfo(zone)).date()",
        "E   TypeError: today() missing 1 required positional argument: 'zone'\nsrc/report/page.py:17: TypeError",
    ),
    Job(
        "Speed up the import of large CSV files: it reads the whole file into memory.",
        "src/importer/reader.py",
        "def rows(path):\n    return list(csv.DictReader(open(path)))",
        "def rows(path):\n    with open(path, newline='') as file:\n        yield from csv.DictReader(file)",
        "E   TypeError: object of type 'generator' has no len()\ntests/test_reader.py:12: TypeError",
    ),
)


def tell_coding(chance: random.Random) -> Story:
    """Tell one coding job of six to twenty-four steps."""
    job = chance.choice(JOBS)
    story = Story(
        chance,
        "coding job",
        environment="development",
        release=pick_release(chance),
        user_id=f"developer-{chance.randint(1, 6)}",
        tags=["coding", "agent"],
    )
    model = chance.choice((SONNET, SONNET, GPT_41))
    root = story.begin("Coding job", asked=job.task)
    context: list[Json] = [system(SYSTEM), user(job.task)]
    steps, has_passed = chance.randint(6, 24), chance.random() < 0.82
    for index in range(steps):
        _work(story, root, job, model, index, context, will_pass=has_passed and index == steps - 1)
    if has_passed:
        story.end(root, said="All 128 tests pass.")
    else:
        story.error(root.event_id, "StepLimit", f"gave up after {steps} steps with a failing test")
        story.end(root, error="step limit reached")
    return story


def _work(
    story: Story, root: Told, job: Job, model: Model, index: int, context: list[Json], *, will_pass: bool
) -> None:
    name, arguments, result, said = _action(story.chance, job, index, will_pass=will_pass)
    state = {"memory": {"file": job.path, "step": index}, "context": context[-2:]}
    step = story.step(root.event_id, index, name, agent=AGENT, reasoning=said, state=state)
    # Most of a growing context was sent before: it is read from the provider's cache.
    story.model_call(step.event_id, model, list(context), said, cached=0.0 if index == 0 else 0.85)
    story.tool(step.event_id, name, arguments, result, 15, 9_000 if name == "run_tests" else 120)
    if name == "run_tests" and not will_pass:
        story.log(step.event_id, "warn", "tests failed", failed=1, passed=127)
    context += [assistant(said), tool_result(name, result)]
    story.end_step(step, said=result)


def _action(chance: random.Random, job: Job, index: int, *, will_pass: bool) -> tuple[str, Json, str, str]:
    """Return tool, arguments, result and what the model says before."""
    if index == 0:
        return "read_file", {"path": job.path}, job.before, f"I read {job.path} first."
    if will_pass:
        return "run_tests", {"path": "tests"}, "128 passed in 6.41s", "The edit is complete; the whole suite now."
    kind = chance.choice(("search_code", "edit_file", "run_tests", "read_file"))
    if kind == "search_code":
        found = f"{job.path}:12\ntests/test_{job.path.rsplit('/', 1)[1]}:41\nsrc/app.py:203"
        return kind, {"pattern": job.before.split("(")[0][4:]}, found, "Who else calls this?"
    if kind == "edit_file":
        return kind, {"path": job.path, "old": job.before, "new": job.after}, "1 replacement", "This should do it."
    if kind == "run_tests":
        return kind, {"path": "tests"}, job.failure, "Let me see what the tests say."
    return kind, {"path": "tests/conftest.py"}, "@pytest.fixture\ndef client():\n    ...", "How is it tested?"
