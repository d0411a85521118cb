"""A shop's support agent: looks orders up, decides by policy, answers; sometimes a person must take over."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from watchllm_server.demo.models import GPT_4O, GPT_4O_MINI, IN_HOUSE, pick_customer, pick_environment, pick_release
from watchllm_server.demo.story import Model, Story, Told, system, tool_result, user

AGENT: Final = "support-agent"
PROMPT: Final = (
    "You are the support agent of {shop}. Be brief and friendly. Look the order up before you promise anything. "
    "Refunds above {limit} euros need a person."
)
VARIABLES: Final = {"shop": "Nordlicht Outdoor", "limit": "150"}
SYSTEM: Final = PROMPT.format(**VARIABLES)


@dataclass(frozen=True)
class Case:
    """What a customer wants, the tool that decides it, and how it ends."""

    topic: str
    question: str
    tool: str
    result: str
    answer: str


CASES: Final = (
    Case(
        "late parcel",
        "My parcel for order {order} should have arrived on Tuesday. Where is my {item}?",
        "track_parcel",
        "Carrier: handed over on Monday, held at the depot in Kassel since Wednesday 06:12, next scan tomorrow.",
        "Your {item} is waiting at the carrier's depot in Kassel and moves on tomorrow. I have asked them to hurry it; "
        "if it is not with you by Friday, I will send a new one the same day.",
    ),
    Case(
        "refund",
        "I returned the {item} from order {order} two weeks ago and still have no money back.",
        "find_refund",
        "Return received on the 9th, inspected on the 11th, refund of {amount} EUR booked on the 12th to PayPal.",
        "We booked {amount} euros back to your PayPal account on the 12th. PayPal shows it within three to five days; "
        "write to me again if it is not there on Friday.",
    ),
    Case(
        "damaged item",
        "The {item} arrived with a broken zip. Order {order}. What now?",
        "create_replacement",
        "Replacement {order}-R created, in stock in Leipzig, ships today before 16:00. No return needed below 80 EUR.",
        "I am sorry about the zip. A new {item} leaves our warehouse today; you may keep or recycle the broken one.",
    ),
    Case(
        "change of address",
        "I moved! Can order {order} go to Lindenallee 14, 04109 Leipzig instead?",
        "change_address",
        "Order {order}: label not printed yet, address changed to Lindenallee 14, 04109 Leipzig.",
        "Done: order {order} goes to Lindenallee 14, 04109 Leipzig. You will get a new confirmation in a minute.",
    ),
    Case(
        "invoice",
        "Please send me the invoice for order {order} again, my accountant needs it.",
        "send_invoice",
        "Invoice 2026-{order} sent to the address on file at the customer's request.",
        "I have sent the invoice for order {order} to your e-mail address. It is also in your account under Orders.",
    ),
    Case(
        "double charge",
        "You charged me twice for the {item}! Order {order}.",
        "list_payments",
        "Two authorisations of {amount} EUR; one captured, one expires on its own within 48 hours.",
        "Only one of the two {amount} euro charges was taken. The other is a reservation that your bank lets go "
        "within two days. If it stays longer, I will call them with you.",
    ),
)
ITEMS: Final = ("Fjell 40 rucksack", "Storm rain jacket", "Tinden tent", "Vidda sleeping bag", "Lofoten boots")


def tell_support(chance: random.Random) -> Story:
    """Tell one support case."""
    case = chance.choice(CASES)
    story = Story(
        chance,
        "support case",
        environment=pick_environment(chance),
        release=pick_release(chance),
        user_id=pick_customer(chance),
        tags=["support", case.topic],
    )
    story.session_id = f"support-{story.user_id}-{chance.randint(1, 3)}"
    facts = {"order": str(chance.randint(40_100, 58_999)), "item": chance.choice(ITEMS), "amount": "89.90"}
    question = case.question.format(**facts)
    root = story.begin(f"Support: {case.topic}", asked=question)
    story.message(root.event_id, "user", question)
    _classify(story, root, case, question)
    result = _look_up(story, root, case, facts)
    answer = _reply(story, root, question, case.answer.format(**facts) if result else _apology(facts), result)
    story.message(root.event_id, "assistant", answer)
    if chance.random() < 0.3:
        stars = chance.choices((1, 2, 3, 4, 5), weights=(1, 1, 2, 5, 8) if result else (5, 4, 2, 1, 0))[0]
        story.wait(4_000, 90_000)
        story.score(root.event_id, "customer_rating", float(stars), "asked after the chat")
    story.end(root, said=answer)
    return story


def _classify(story: Story, root: Told, case: Case, question: str) -> None:
    step = story.step(root.event_id, 0, "classify", agent=AGENT, input=question)
    messages = [system("Name the topic of the message in three words at most."), user(question)]
    story.model_call(step.event_id, IN_HOUSE, messages, case.topic)
    story.end_step(step, said=case.topic)


def _look_up(story: Story, root: Told, case: Case, facts: dict[str, str]) -> str:
    """Return what the tools found, or an empty text when they failed."""
    step = story.step(
        root.event_id, 1, "look up", agent=AGENT, reasoning=f"A {case.topic}: the order decides what I may promise."
    )
    order = {"order": facts["order"], "status": "shipped", "items": [facts["item"]], "total_eur": facts["amount"]}
    story.tool(step.event_id, "get_order", {"order": facts["order"]}, order, 20, 180)
    if story.chance.random() < 0.08:
        failed = story.tool(step.event_id, case.tool, {"order": facts["order"]}, None, 5_000, 5_010)
        failed.body |= {"status": "error", "statusMessage": "upstream timeout after 5000 ms"}
        story.error(
            failed.event_id,
            "TimeoutError",
            f"{case.tool}: upstream timeout after 5000 ms",
            'File "support/tools.py", line 88, in call\n    raise TimeoutError(f"{name}: upstream timeout")',
        )
        story.end_step(step, said="no answer from the shop system")
        return ""
    result = case.result.format(**facts)
    story.tool(step.event_id, case.tool, {"order": facts["order"]}, result, 40, 900)
    story.end_step(step, said=result)
    return result


def _reply(story: Story, root: Told, question: str, answer: str, result: str) -> str:
    step = story.step(root.event_id, 2, "reply" if result else "hand over", agent=AGENT)
    model: Model = GPT_4O if story.chance.random() < 0.35 else GPT_4O_MINI
    messages = [system(SYSTEM), user(question), tool_result("shop", result or "error: timeout")]
    prompt = {"name": "support-reply", "version": "7", "template": PROMPT, "variables": VARIABLES}
    story.model_call(step.event_id, model, messages, answer, cached=0.5, metadata={"prompt": prompt})
    if not result:
        story.log(step.event_id, "warn", "handed over to a person", queue="second line")
    story.end_step(step, said=answer)
    return answer


def _apology(facts: dict[str, str]) -> str:
    return (
        f"I cannot reach our order system just now, so I have given order {facts['order']} to a colleague, "
        "who will write to you within the hour."
    )
