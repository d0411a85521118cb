"""Every error that can reach an answer, and the stable code each one carries.

    WatchLLMError
    ├── BadRequest          400  the request cannot be understood
    ├── Unauthenticated     401  no or no valid credential
    ├── Forbidden           403  a valid credential without the right
    ├── NotFound            404  absent, or in another project: the two look the same
    ├── MethodNotAllowed    405
    ├── NotAcceptable       406
    ├── RequestTimeout      408
    ├── Conflict            409
    ├── TooLarge            413
    ├── UnsupportedMedia    415
    ├── Invalid             422  understood, but some events or fields are wrong
    ├── TooManyRequests     429  Retry-After says when
    ├── Unavailable         503  a store cannot keep the promise now; Retry-After says when
    └── SettingsError       start-up refuses, with the setting to change

The only place that knows HTTP statuses of errors; routes raise, one handler answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class WatchLLMError(Exception):
    """What went wrong, in words for the person who reads the answer.

    `code` is stable: clients and tests may match on it. `details` is merged into the error body.
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = dict(details or {})
        self.retry_after_s = retry_after_s

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer: `{"error": {"code", "message", …}}`."""
        return {"error": {"code": self.code, "message": self.message, **self.details}}


class BadRequest(WatchLLMError):
    status = 400
    default_code = "bad_request"


class Unauthenticated(WatchLLMError):
    status = 401
    default_code = "unauthenticated"


class Forbidden(WatchLLMError):
    status = 403
    default_code = "forbidden"


class NotFound(WatchLLMError):
    status = 404
    default_code = "not_found"


class MethodNotAllowed(WatchLLMError):
    status = 405
    default_code = "method_not_allowed"


class NotAcceptable(WatchLLMError):
    status = 406
    default_code = "not_acceptable"


class RequestTimeout(WatchLLMError):
    status = 408
    default_code = "timeout"


class Conflict(WatchLLMError):
    status = 409
    default_code = "conflict"


class TooLarge(WatchLLMError):
    status = 413
    default_code = "too_large"


class UnsupportedMedia(WatchLLMError):
    status = 415
    default_code = "unsupported_media_type"


class Invalid(WatchLLMError):
    status = 422
    default_code = "invalid"


class TooManyRequests(WatchLLMError):
    status = 429
    default_code = "rate_limited"


class Unavailable(WatchLLMError):
    status = 503
    default_code = "unavailable"


class SettingsError(WatchLLMError):
    """A start that must not go on; the message names the setting and the value that would do."""

    default_code = "settings"


# One line per stable code, for docs/api.md. A code that is not listed here fails the docs check.
CODES: dict[str, str] = {
    "bad_request": "The request cannot be understood.",
    "not_a_batch": "The body is not an event or a list of events.",
    "bad_json": "The body is not valid JSON; `offset` is the byte where reading stopped.",
    "duplicate_key": "The id of an event, its project or its trace stands twice in one envelope.",
    "bad_protobuf": "The body is not a valid protobuf message of this route.",
    "bad_encoding": "The compressed body is damaged or is not what Content-Encoding says.",
    "window_too_large": "The zstd frame asks for a larger window than we allow.",
    "bad_cursor": "The cursor was altered, has expired, or belongs to another project or query.",
    "bad_filter": "The filter names an unknown field or operator, or has a value of the wrong type.",
    "too_complex": "The filter has too many conditions or is nested too deeply.",
    "bad_time_range": "`from` and `to` must be RFC 3339 times with a zone, `from` before `to`.",
    "bad_pattern": "A pattern of redaction cannot be used; the message says why.",
    "bad_parameter": "A query parameter has a value that is not allowed.",
    "unauthenticated": "No valid credential was sent.",
    "bad_login": "The e-mail address or the password is wrong.",
    "bad_link": "The login link was used, has expired, or never existed.",
    "no_mail": "This server sends no letters.",
    "bad_invite": "The invite was used, was taken back, has expired, or never existed.",
    "sign_in_first": "The invited address has an account; accept when signed in with it.",
    "other_account": "The invite is for another account than the one that is signed in.",
    "account_needed": "The invited address has no account yet: a name and a password are needed.",
    "forbidden": "The credential does not allow this action.",
    "scope_missing": "The API key lacks the scope that this route needs.",
    "cross_site": "The request came from another site.",
    "bad_host": "The Host header is not one of the allowed host names.",
    "not_found": "There is no such object in this project.",
    "method_not_allowed": "The route does not know this method; `Allow` lists those it knows.",
    "not_acceptable": "None of the types in Accept can be produced.",
    "timeout": "The headers or the body did not arrive in time.",
    "conflict": "The change contradicts the present state.",
    "last_owner": "The project would be left without an owner.",
    "uri_too_long": "The address is longer than 96 KiB.",
    "headers_too_large": "The headers are larger than 32 KiB, or more than 100.",
    "too_large": "The body is larger than the limit.",
    "too_many_events": "A native batch has more events than the limit.",
    "unsupported_media_type": "The Content-Type or Content-Encoding is not supported here.",
    "too_many_encodings": "More than one Content-Encoding.",
    "invalid": "Some of the events are wrong; `errors` names each.",
    "rate_limited": "Too many requests; `Retry-After` says when to try again.",
    "queue_full": "The queue is at its cap; nothing was accepted. Try again after `Retry-After`.",
    "disk_full": "The disk of the queue is nearly full; nothing was accepted.",
    "query_limit": "The query needs more time, memory or rows than a read may use. Narrow the range.",
    "too_busy": "Too many heavy queries are running. Try again after `Retry-After`.",
    "unavailable": "A store cannot be reached; what was accepted is safe.",
    "queue_unavailable": "The queue does not answer; nothing was accepted. Try again after `Retry-After`.",
    "metadata_unavailable": "The metadata store cannot be reached. Try again after `Retry-After`.",
    "internal": "A fault of ours; the request id finds it in the log.",
    "settings": "The server refuses to start with these settings.",
}

# Codes of single events inside `errors` of a 422, of OTLP partial success, and of dead letters.
EVENT_CODES: dict[str, str] = {
    "not_an_object": "The event is not a JSON object.",
    "missing": "A required field is absent.",
    "wrong_type": "A field has the wrong type; `path` names it.",
    "unknown_type": "The event type is not one of the eleven.",
    "bad_event_id": "The event id is empty, longer than 256 bytes or has control characters.",
    "bad_id": "An id is longer than 256 bytes or has control characters.",
    "bad_time": "A time is not RFC 3339 with a zone, before 2000, or more than 24 h ahead.",
    "bad_key": "A key is longer than 256 bytes or contains NUL.",
    "not_finite": "A number is NaN or infinite.",
    "out_of_range": "A number is negative, fractional or too large for its field.",
    "too_deep": "The event is nested deeper than 64 levels.",
    "event_too_large": "The event is larger than 4 MiB.",
    "too_many": "A list has more members than its limit.",
    "project_mismatch": "The event names another project than the API key.",
    "bad_trace_id": "The trace id of a span is not 16 bytes, or is all zero.",
    "bad_span_id": "The span id of a span is not 8 bytes, or is all zero.",
    "unmappable": "The event could be read but not mapped to a row.",
    "queue_damaged": "The accepted batch of the event was damaged on the disk of the queue.",
    "store_refused": "The event store refused the row; `message` carries its words.",
}
