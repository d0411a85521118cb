"""A research agent: plans, searches the web, reads pages, meets rate limits and dead links, writes a report."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from watchllm_server.demo.models import GEMINI_FLASH, GPT_41, SONNET, pick_environment, pick_release
from watchllm_server.demo.story import Story, Told, system, tool_result, user

AGENT: Final = "researcher"
SYSTEM: Final = (
    "You are a careful research assistant. Plan first, then search and read. Quote numbers with their source, "
    "say what you could not find, and never fill a gap with a guess."
)


@dataclass(frozen=True)
class Topic:
    """A question, the searches it takes, what the pages say, and the conclusion."""

    question: str
    searches: tuple[str, ...]
    findings: tuple[str, ...]
    conclusion: str


TOPICS: Final = (
    Topic(
        "How much does a heat pump save in a 1970s terraced house, and what does it cost to fit one?",
        ("heat pump retrofit cost terraced house", "seasonal performance factor heat pump old building field study"),
        (
            "A field study of 56 retrofitted houses measured a mean seasonal performance factor of 3.1.",
            "Installation cost between 19,000 and 28,000 euros before subsidies; radiators were changed in 4 of 10.",
            "Flow temperatures above 55 °C lowered the factor to 2.4.",
        ),
        "With a seasonal factor near 3 and today's tariffs the saving is 25 to 35 % of heating cost; expect 19,000 to "
        "28,000 euros before subsidies, and check flow temperatures first.",
    ),
    Topic(
        "Which open columnar engines can be embedded in a Python process, and how do they differ in durability?",
        ("embedded olap database python", "embedded columnar engine crash safety wal", "arrow zero copy embedded sql"),
        (
            "Three engines ship Python wheels that run SQL in process; two keep a write-ahead log.",
            "One engine writes immutable parts and needs an explicit setting to sync them to disk.",
            "All three exchange Arrow batches without a copy in the common case.",
        ),
        "Three candidates exist. For crash safety choose one with a write-ahead log or set syncing of parts "
        "explicitly; all exchange Arrow data cheaply.",
    ),
    Topic(
        "What do cities that closed their inner ring to cars report about shop turnover?",
        ("car free city centre retail turnover study", "pedestrianisation before after footfall"),
        (
            "Footfall rose by 20 to 40 % in five of seven cities within two years.",
            "Turnover was flat in the first year in three of them and rose later.",
            "Shops for furniture and building supplies moved out of the ring.",
        ),
        "Footfall rises quickly, turnover follows after about a year, and bulky trades move away.",
    ),
    Topic(
        "Is a four-day week compatible with shift work in hospitals?",
        ("four day week hospital shift pilot", "nurse retention reduced hours trial results"),
        (
            "A two-year trial on 34 wards cut sick leave by 12 % and needed 7 % more staff.",
            "Self-rostering mattered more to retention than the number of days.",
        ),
        "Yes, at the price of about 7 % more staff; self-rostering explains most of the gain in retention.",
    ),
)
_HOSTS: Final = ("journal.example.org", "stats.example.net", "city-lab.example.com", "energy.example.edu")


def tell_research(chance: random.Random) -> Story:
    """Tell one research run; one in seven fails for good, and half meet a rate limit on the way."""
    topic = chance.choice(TOPICS)
    story = Story(
        chance,
        "research",
        environment=pick_environment(chance),
        release=pick_release(chance),
        user_id=f"analyst-{chance.randint(1, 9)}",
        tags=["research", "long-running"],
    )
    root = story.begin("Research report", asked=topic.question)
    _plan(story, root, topic)
    memory: list[str] = []
    for number, query in enumerate(topic.searches, start=1):
        _search(story, root, number, query, topic.findings[(number - 1) :: len(topic.searches)], memory)
    if chance.random() < 0.14:
        _fail(story, root)
        return story
    _write(story, root, topic, memory)
    return story


def _plan(story: Story, root: Told, topic: Topic) -> None:
    step = story.step(root.event_id, 0, "plan", agent=AGENT, input=topic.question)
    plan = "\n".join(f"{number}. search: {query}" for number, query in enumerate(topic.searches, start=1))
    story.model_call(step.event_id, SONNET, [system(SYSTEM), user(topic.question)], plan)
    story.end_step(step, said=plan)


def _search(story: Story, root: Told, number: int, query: str, findings: tuple[str, ...], memory: list[str]) -> None:
    state = {"memory": {"notes": list(memory)}, "context": [user(query)]}
    step = story.step(root.event_id, number, "search and read", agent=AGENT, input=query, state=state)
    if story.chance.random() < 0.5:
        _rate_limit(story, step, query)
    hosts = story.chance.sample(_HOSTS, k=3)
    hits = [{"url": f"https://{host}/articles/{story.chance.randint(100, 999)}", "title": query} for host in hosts]
    story.tool(step.event_id, "web_search", {"query": query, "count": 3}, hits, 250, 1_400)
    for hit, finding in zip(hits, findings, strict=False):
        story.tool(step.event_id, "fetch_page", {"url": hit["url"]}, finding, 300, 2_500)
        memory.append(finding)
    read = [system("Note the facts with numbers."), *(tool_result("fetch_page", finding) for finding in findings)]
    story.model_call(step.event_id, GEMINI_FLASH, read, "Facts noted: " + " ".join(findings), cached=0.2)
    story.end_step(step, said=" ".join(findings))


def _rate_limit(story: Story, step: Told, query: str) -> None:
    """Tell an attempt that was refused, the wait, and that it is tried again."""
    refused = story.begin("web_search (attempt 1)", asked={"query": query}, parent=step.event_id)
    story.wait(60, 200)
    story.error(refused.event_id, "RateLimited", "429 Too Many Requests: retry after 2 s")
    story.end(refused, error="429 Too Many Requests")
    story.log(step.event_id, "warn", "search was rate-limited, waiting", retry_after_s=2)
    story.wait(2_000, 2_400)


def _write(story: Story, root: Told, topic: Topic, memory: list[str]) -> None:
    step = story.step(root.event_id, 9, "write report", agent=AGENT)
    report = f"{topic.conclusion}\n\nWhat I read:\n" + "\n".join(f"- {fact}" for fact in memory)
    story.model_call(
        step.event_id, GPT_41, [system(SYSTEM), user(topic.question), user("Notes: " + " ".join(memory))], report
    )
    story.end_step(step, said=report)
    story.score(root.event_id, "groundedness", round(story.chance.uniform(0.71, 0.99), 2), "judged by a model")
    story.end(root, said=report)


def _fail(story: Story, root: Told) -> None:
    story.error(
        root.event_id,
        "ContextLengthExceeded",
        "This model's maximum context length is 200000 tokens, however the messages resulted in 213418 tokens.",
        'File "research/agent.py", line 141, in write\n    answer = await model.ask(messages)',
    )
    story.end(root, error="the notes no longer fit into the model's context")
