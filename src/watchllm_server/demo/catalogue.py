"""One very long trace: the nightly agent that rewrites a shop's catalogue, article by article."""

from __future__ import annotations

import random
from typing import Final

from watchllm_server.demo.models import GPT_4O_MINI, RELEASES
from watchllm_server.demo.story import Story, Told, system, user

AGENT: Final = "catalogue-writer"
# Each article is five events; with the root and the closing log that makes the size of the trace.
EVENTS_PER_ARTICLE: Final = 5
_KINDS: Final = (
    "rucksack",
    "rain jacket",
    "tent",
    "sleeping bag",
    "hiking boot",
    "head lamp",
    "stove",
    "trekking pole",
)
_LINES: Final = ("Fjell", "Storm", "Tinden", "Vidda", "Lofoten", "Senja", "Dovre")
_TRAITS: Final = (
    "light enough for a day above the tree line",
    "dry after an hour on the balcony",
    "made of recycled fibre from old nets",
    "repaired by us for life",
    "quiet in the wind",
)


def tell_catalogue(chance: random.Random, event_count: int) -> Story:
    """Tell one night's run of exactly `event_count` events (at least 7)."""
    articles, rest = divmod(event_count - 1, EVENTS_PER_ARTICLE)
    story = Story(chance, "nightly catalogue", release=RELEASES[-1], tags=["batch", "nightly"])
    root = story.begin("Nightly catalogue", asked={"articles": articles})
    for index in range(articles):
        _article(story, root, index)
    for _ in range(rest):
        story.log(root.event_id, "info", "catalogue written", articles=articles)
    story.end(root, said={"written": articles})
    return story


def _article(story: Story, root: Told, index: int) -> None:
    chance = story.chance
    name = f"{chance.choice(_LINES)} {chance.choice(_KINDS)}"
    number = f"{10_000 + index * 7}"
    step = story.step(root.event_id, index, "describe article", agent=AGENT, input={"article": number})
    article = {"name": name, "weight_g": chance.randint(90, 2_900), "stock": chance.randint(0, 400)}
    story.tool(step.event_id, "get_article", {"number": number}, article, 2, 25)
    text = (
        f"The {name} is {chance.choice(_TRAITS)} and {chance.choice(_TRAITS)}. It weighs {article['weight_g']} grams."
    )
    asked = [system("Write two sentences for the catalogue."), user(f"{name}, {article['weight_g']} g")]
    story.model_call(step.event_id, GPT_4O_MINI, asked, text, cached=0.4)
    story.tool(step.event_id, "save_text", {"number": number, "text": text}, "saved", 3, 30)
    story.custom(step.event_id, "article_written", {"number": number, "characters": len(text)})
    story.end_step(step, said=text)
