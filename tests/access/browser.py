"""A browser as the server sees it: it keeps the cookie it was given and says where a request comes from."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import Morsel, SimpleCookie
from typing import Any

import orjson
from tests.ingest.calls import Answer, send
from tests.running import EMAIL, PASSWORD, Server

LOGIN = "/api/v1/auth/login"
LINK = "/api/v1/auth/link"
LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/auth/me"
OWN_PASSWORD = "/api/v1/auth/password"


def ask(server: Server, path: str, body: bytes = b"", /, *, method: str = "GET", **headers: str | None) -> Answer:
    """Send one request with the first key, unless `headers` say otherwise."""
    return send(server, path, body, method, **headers)


class Browser:
    """One browser with its cookie."""

    def __init__(self, server: Server, token: str = "", *, cookie_name: str = "session") -> None:
        self.server = server
        self.cookie_name = cookie_name
        self.token = token

    def call(self, method: str, path: str, body: object = None, **headers: str | None) -> Answer:
        """Send a request as a page of our own does; `headers` change or, by None, leave out what it would say."""
        cookie = f"{self.cookie_name}={self.token}" if self.token else None
        given: dict[str, str | None] = {"authorization": None, "sec_fetch_site": "same-origin", "cookie": cookie}
        data = b"" if body is None else orjson.dumps(body)
        answer = ask(self.server, path, data, method=method, **(given | headers))
        set_cookie = cookie_of(answer, self.cookie_name)
        if set_cookie is not None:
            self.token = set_cookie.value
        return answer

    def get(self, path: str, **headers: str | None) -> Answer:
        """Read a page."""
        return self.call("GET", path, **headers)

    def login(self, email: str = EMAIL, password: str = PASSWORD, /, **headers: str | None) -> Answer:
        """Sign in with a password."""
        return self.call("POST", LOGIN, {"email": email, "password": password}, **headers)

    def use_link(self, token: str) -> Answer:
        """Sign in with a one-time link."""
        return self.call("POST", LINK, {"token": token})

    @property
    def is_signed_in(self) -> bool:
        """Tell whether the server knows who this is."""
        return self.get(ME).status == 200


def cookie_of(answer: Answer, name: str = "session") -> Morsel[str] | None:
    """Return the cookie that an answer sets, with its flags."""
    jar: Mapping[str, Morsel[str]] = SimpleCookie(answer.headers.get("set-cookie", ""))
    return jar.get(name)


def without_request_id(answer: Answer) -> tuple[int, dict[str, str], Any]:
    """Return all of an answer but what differs between any two."""
    names = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
    return answer.status, names, answer.body
