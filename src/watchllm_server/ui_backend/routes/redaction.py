"""What a project does not want stored: its rules of redaction, and a try before they are kept."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StringConstraints

from watchllm_server.errors import BadRequest, Conflict
from watchllm_server.model.redaction import Detector, OwnPattern, RedactionRules
from watchllm_server.security.redaction import BadPattern, Redactor, check_rules
from watchllm_server.ui_backend.auditing import audit_entry
from watchllm_server.ui_backend.guard import ProjectAccess, allow_here
from watchllm_server.ui_backend.names import Strict
from watchllm_server.ui_backend.services import Services, services

router = APIRouter(prefix="/api/v1/projects/{project_id}/redaction", tags=["redaction"])

Changer = Annotated[ProjectAccess, Depends(allow_here("project:change"))]
# It stands in what is stored, so it is a plain word.
PatternName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
# Longer ones are lists of words that belong elsewhere.
PatternText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_TRIED_CHARS: Final = 10_000


class PatternAnswer(Strict):
    """A regular expression (RE2) of the project's own; what it matches becomes `[redacted:name]`."""

    name: PatternName
    pattern: PatternText


class Rules(Strict):
    """The rules of a project. Without any, events are stored as they come."""

    detectors: list[Detector] = Field(
        default_factory=list[Detector],
        description="`secrets`: credentials by form and by name of the field; `email`, `phone`, `card`.",
    )
    patterns: list[PatternAnswer] = Field(default_factory=list[PatternAnswer])


class Trial(Rules):
    """Rules, kept or not, and a text to try them on."""

    text: Annotated[str, StringConstraints(max_length=_TRIED_CHARS)]


class TrialAnswer(BaseModel):
    """The text as it would be stored."""

    text: str


@router.get("", response_model=Rules, summary="Read the rules of redaction")
async def read_redaction(request: Request, access: Changer) -> dict[str, Any]:
    """What is taken out of every event of the project before it is stored."""
    return msgspec.to_builtins(await services(request).metadata.read_redaction(access.project_id))


@router.put("", response_model=Rules, summary="Set the rules of redaction")
async def set_redaction(request: Request, access: Changer, body: Rules) -> dict[str, Any]:
    """Set all rules at once. They hold for what comes in from a second later on; what is stored stays as it is."""
    part = services(request)
    rules = _checked(part, body)
    before = await part.metadata.read_redaction(access.project_id)
    entry = audit_entry(
        request, access, "project:change", "redaction", access.project_id, before=_said(before), after=_said(rules)
    )  # fmt: skip
    await part.metadata.set_redaction(access.project_id, rules, entry)
    return msgspec.to_builtins(rules)


@router.post("/try", response_model=TrialAnswer, summary="Try rules of redaction on a text")
async def try_redaction(request: Request, access: Changer, body: Trial) -> dict[str, Any]:
    """The text as these rules would have it stored; nothing is kept."""
    part = services(request)
    redactor = Redactor(_checked(part, body), part.pepper)
    return {"text": await asyncio.to_thread(redactor.text, body.text)}


def _checked(part: Services, body: Rules) -> RedactionRules:
    if len(body.patterns) > part.settings.redaction_patterns_max:
        raise Conflict(f"a project may have {part.settings.redaction_patterns_max} patterns of its own")
    rules = RedactionRules(
        detectors=tuple(dict.fromkeys(body.detectors)),
        patterns=tuple(OwnPattern(each.name, each.pattern) for each in body.patterns),
    )
    try:
        check_rules(rules)
    except BadPattern as error:
        raise BadRequest(f"the pattern cannot be used: {error}", code="bad_pattern") from None
    return rules


def _said(rules: RedactionRules) -> dict[str, Any]:
    """Return what the audit log says of rules."""
    return {
        "detectors": list(rules.detectors),
        "patterns": [f"{each.name}: {each.pattern}" for each in rules.patterns],
    }
