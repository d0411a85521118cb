"""What the filter bar suggests: the fields of the filter language, and the values that a field has."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from watchllm_server.errors import BadRequest
from watchllm_server.model.filter import (
    EVENT_FIELDS,
    MAX_TEXT_BYTES,
    OPERATORS,
    TRACE_FIELDS,
    VALUED_FIELDS,
    FieldKind,
    Operator,
    Subject,
)
from watchllm_server.model.filter_reading import ATTRIBUTE_PREFIX, MAX_ATTRIBUTE_KEY_BYTES
from watchllm_server.stores.events.contract.stats import ValuesQuery
from watchllm_server.ui_backend.guard import ProjectAccess, allow
from watchllm_server.ui_backend.parameters import From, To, range_fields, read_range
from watchllm_server.ui_backend.reading import json_answer, reading
from watchllm_server.ui_backend.services import services
from watchllm_server.ui_backend.stats_answers import Fields, Values

router = APIRouter(prefix="/api/v1", tags=["filters"])
Reader = Annotated[ProjectAccess, Depends(allow("traces:read"))]

_KINDS: Final[dict[Subject, dict[str, FieldKind]]] = {
    "traces": TRACE_FIELDS,
    "events": {**EVENT_FIELDS, ATTRIBUTE_PREFIX: "attribute"},
}
_ATTRIBUTES: Final = "attributes"


@router.get("/fields", response_model=Fields, summary="List the fields of a filter")
async def list_fields(access: Reader, subject: Subject = "traces") -> dict[str, Any]:
    """The fields of traces or events, each with the operators that it takes."""
    data = [
        {
            "field": field,
            "kind": kind,
            # In the order in which they are read: = before !=, and so on.
            "operators": [operator for operator in get_args(Operator) if operator in OPERATORS[kind]],
            "has_values": field in VALUED_FIELDS[subject] or kind == "attribute",
        }
        for field, kind in _KINDS[subject].items()
    ]
    return {"subject": subject, "data": data}


@router.get("/values", response_model=Values, summary="List the values of a field")
async def list_values(
    request: Request,
    access: Reader,
    field: Annotated[
        str, Query(description="A field with values, `attributes` for the keys of attributes, or `attributes.<key>`.")
    ],
    subject: Subject = "traces",
    prefix: Annotated[str, Query(description="How the values begin, in any case.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    from_: From = None,
    to: To = None,
) -> Response:
    """The most frequent values of a field in [`from`, `to`); those of attributes are of the newest events."""
    part = services(request)
    span = read_range(from_, to, default_to_us=part.clock.now_us())
    _check_field(subject, field)
    if len(prefix.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise BadRequest(f"prefix has at most {MAX_TEXT_BYTES} bytes", code="bad_parameter")
    query = ValuesQuery(
        subject=subject, field=field, from_us=span.from_us, to_us=span.to_us, prefix=prefix, limit=limit
    )
    with reading():
        values = await part.stats.list_values(access.project_id, query)
    data = [{"value": one.value, "count": one.count} for one in values]
    return json_answer(orjson.dumps({"data": data, **range_fields(span)}))


def _check_field(subject: Subject, field: str) -> None:
    if field in VALUED_FIELDS[subject]:
        return
    if subject == "events" and field == _ATTRIBUTES:
        return
    key = field.removeprefix(ATTRIBUTE_PREFIX)
    is_key = 1 <= len(key.encode(errors="replace")) <= MAX_ATTRIBUTE_KEY_BYTES
    if subject != "events" or not field.startswith(ATTRIBUTE_PREFIX) or not is_key:
        known = ", ".join(sorted(VALUED_FIELDS[subject]))
        raise BadRequest(f"{subject} have no list of values of this field; known are {known}", code="bad_parameter")
