"""Streamed chats of several turns: each turn is a trace, the session ties them; some are stopped or refused."""

from __future__ import annotations

import random
from typing import Final

from watchllm_server.demo.models import GEMINI_FLASH, GPT_4O, GPT_4O_MINI, HAIKU, pick_customer, pick_release
from watchllm_server.demo.story import Json, Story, assistant, system, user

SYSTEM: Final = "You are the travel companion of Meridian Journeys. Suggest, compare, and keep answers under 120 words."
DIALOGUES: Final = (
    (
        ("Five days in Lisbon with two children in May, what would you do?",
         "Stay in Alfama near the tram; plan one thing a day: the Oceanário, the tile workshop, a boat to Cacilhas, "
         "the castle with its peacocks, and a beach day in Cascais by train. Evenings stay light until nine."),
        ("And if it rains?",
         "Swap the beach for the science centre in the Parque das Nações, which stands beside the Oceanário, and the "
         "castle for the coach museum in Belém, with custard tarts on the way."),
        ("What does the train to Cascais cost?",
         "A single is about 2.40 euros for adults and half of that for children; load it on a reusable card at the "
         "station of Cais do Sodré. Trains go every 20 minutes and take 40."),
    ),
    (
        ("Compare Bergen and Tromsø for northern lights in January.",
         "Tromsø, clearly: it lies under the auroral oval and has long nights; Bergen is rainy and too far south. "
         "Plan at least four nights in Tromsø, since clouds decide more than the sun does."),
        ("How cold is it there?",
         "Milder than people fear: minus 2 to minus 8 °C in town thanks to the sea, and minus 20 inland, where the sky "
         "is clearer. Tours lend thermal suits."),
    ),
    (
        ("We have a wheelchair user in the group. Which parts of Prague work?",
         "The river embankments, Josefov and the New Town are mostly level. The Old Town is cobbled; the castle has a "
         "step-free entrance from Hradčanské náměstí. Low-floor trams show a wheelchair on the timetable."),
        ("Please book it for us.",
         "I cannot book by myself, but I have prepared the list of step-free hotels, and a colleague can call you "
         "today. May I pass on your number?"),
        ("Yes please, after four.",
         "Done: a colleague calls you today after four. Your reference is MJ-20417."),
        ("Thanks!", "With pleasure. Have a good journey!"),
    ),
)  # fmt: skip


def tell_chat(chance: random.Random) -> list[Story]:
    """Tell one session, a trace for each turn, in order."""
    dialogue = chance.choice(DIALOGUES)
    session_id, customer, release = f"chat-{chance.getrandbits(32):08x}", pick_customer(chance), pick_release(chance)
    history: list[Json] = [system(SYSTEM)]
    turns: list[Story] = []
    for asked, said in dialogue:
        story = Story(chance, "chat turn", release=release, user_id=customer, session_id=session_id, tags=["chat"])
        story.is_reply = bool(turns)
        history.append(user(asked))
        _turn(story, asked, said, list(history))
        history.append(assistant(said))
        turns.append(story)
    return turns


def _turn(story: Story, asked: str, said: str, messages: list[Json]) -> None:
    chance = story.chance
    root = story.begin("Chat turn", asked=asked)
    story.message(root.event_id, "user", asked)
    fate = chance.random()
    model = chance.choices((GPT_4O_MINI, GPT_4O, GEMINI_FLASH, HAIKU), weights=(5, 2, 3, 2))[0]
    first_token = {"stream": True, "timeToFirstTokenMs": int(model.first_ms * chance.uniform(0.6, 1.6))}
    if fate < 0.03:
        story.wait(200, 900)
        story.error(root.event_id, "OverloadedError", "529 overloaded_error: the provider is overloaded, try later")
        story.end(root, error="the provider was overloaded")
        return
    is_stopped = fate < 0.1
    text = said[: len(said) // 2] if is_stopped else said
    call = story.model_call(root.event_id, model, messages, text, cached=0.6, metadata=first_token)
    if is_stopped:
        call.body["finishReason"] = "length"
        story.log(root.event_id, "info", "the answer was cut at the token limit", limit=60)
    story.message(root.event_id, "assistant", text)
    if chance.random() < 0.2:
        story.score(root.event_id, "thumbs", 0.0 if is_stopped else 1.0)
    story.end(root, said=text)
