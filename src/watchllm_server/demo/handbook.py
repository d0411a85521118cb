"""Questions to a company handbook: embed, search, rerank, answer with sources, judge the answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from watchllm_server.demo.models import EMBEDDING, GPT_4O_MINI, HAIKU, MISTRAL, pick_environment, pick_release
from watchllm_server.demo.story import Json, Story, system, user

TEMPLATE: Final = "Answer from these passages only, and name the section. If they do not say, say so.\n\n{passages}"


@dataclass(frozen=True)
class Entry:
    """A question, the passage that answers it, and the answer."""

    question: str
    section: str
    passage: str
    answer: str


ENTRIES: Final = (
    Entry(
        "How many days of parental leave can I take at once?",
        "4.2 Parental leave",
        "Parental leave may be taken in up to three blocks. A block is at most 12 months and is announced seven weeks "
        "ahead in writing.",
        "Up to 12 months in one block, announced seven weeks ahead in writing (4.2 Parental leave).",
    ),
    Entry(
        "Can I expense a train ticket in first class?",
        "7.1 Travel by train",
        "Journeys above two and a half hours may be booked in first class when work is done on board.",
        "Yes, when the journey takes more than two and a half hours and you work on board (7.1 Travel by train).",
    ),
    Entry(
        "Who approves a new cloud account?",
        "11.4 Cloud accounts",
        "New cloud accounts are approved by the head of platform, with a budget owner named in the request.",
        "The head of platform, and your request must name a budget owner (11.4 Cloud accounts).",
    ),
    Entry(
        "What must I do when I lose my laptop?",
        "9.3 Lost devices",
        "Report a lost device to the security desk within one hour, day or night. The device is wiped remotely; "
        "do not wait to see whether it turns up.",
        "Call the security desk within an hour, at any time; they wipe it remotely (9.3 Lost devices).",
    ),
    Entry(
        "May I work from Portugal in February?",
        "5.6 Working abroad",
        "Working from another country of the union is possible for up to 30 days a year after a notice to the people "
        "team; other countries need a check of tax and insurance.",
        "Yes, for up to 30 days a year after telling the people team (5.6 Working abroad).",
    ),
)


def tell_handbook(chance: random.Random) -> Story:
    """Tell one question to the handbook."""
    entry = chance.choice(ENTRIES)
    story = Story(
        chance,
        "handbook question",
        environment=pick_environment(chance),
        release=pick_release(chance),
        user_id=f"employee-{chance.randint(1, 40):02d}",
        tags=["rag", "handbook"],
    )
    root = story.begin("Handbook answer", asked=entry.question)
    embedding = story.begin("embed question", asked=entry.question, parent=root.event_id)
    story.usage(embedding.event_id, EMBEDDING, max(1, len(entry.question) // 4), 0)
    story.wait(20, 90)
    story.end(embedding, said={"dimensions": 1536})
    passages = _passages(chance, entry)
    story.retrieval(root.event_id, entry.question, passages, collection="handbook-2026-11")
    rerank = story.begin("rerank", asked={"passages": len(passages)}, parent=root.event_id)
    story.wait(35, 160)
    story.end(rerank, said={"kept": 2})
    text = "\n\n".join(f"[{passage['metadata']['section']}] {passage['text']}" for passage in passages[:2])
    messages = [system(TEMPLATE.format(passages=text)), user(entry.question)]
    prompt = {"name": "handbook-answer", "version": "3", "template": TEMPLATE, "variables": {"passages": text}}
    model = chance.choices((GPT_4O_MINI, HAIKU, MISTRAL), weights=(5, 3, 2))[0]
    story.model_call(root.event_id, model, messages, entry.answer, metadata={"prompt": prompt})
    _judge(story, root.event_id, chance)
    story.end(root, said=entry.answer)
    return story


def _passages(chance: random.Random, entry: Entry) -> list[Json]:
    others = chance.sample([other for other in ENTRIES if other is not entry], k=3)
    score = 0.93
    passages: list[Json] = []
    for found in (entry, *others):
        passages.append(
            {
                "id": f"handbook/{found.section.split()[0]}",
                "score": round(score, 3),
                "text": found.passage,
                "metadata": {"section": found.section, "page": chance.randint(3, 60)},
            }
        )
        score -= chance.uniform(0.08, 0.2)
    return passages


def _judge(story: Story, parent: str, chance: random.Random) -> None:
    story.score(parent, "faithfulness", round(min(1.0, chance.gauss(0.92, 0.07)), 2), "judged by claude-3-5-haiku")
    story.score(parent, "answer_relevance", round(min(1.0, chance.gauss(0.88, 0.09)), 2))
