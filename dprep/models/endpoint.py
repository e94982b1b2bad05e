"""Chat models behind an address of OpenAI's protocol (`POST <url>/chat/completions`): servers of one's own, or a service.

Nothing but the address, the model's name and what is asked goes there. A key comes from an environment variable and is written
nowhere. An address that sends elsewhere is not followed: a key is for one host alone.
"""

from __future__ import annotations

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from dprep.base.problem import Error, fail

_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504, 529}
"""Answers that mean: later."""
_MOST_BYTES = 8 << 20
_LONGEST_PAUSE = 60.0
_WITHHELD = ("content_filter", "content_policy_violation")
"""What services call a text that they do not answer for what it says."""
_LOCAL = {"localhost", "127.0.0.1", "::1"}
ADDRESS = re.compile(r"https?://[^\s@?#/]+(?:/[^\s@?#]*)?")
"""What an address may be: no user, no password and no query, as versions and reports tell it."""


@dataclass(frozen=True)
class Reply:
    """What was answered. text: None where the service would not."""

    text: str | None
    whole: bool
    """False: it was cut off for its length."""


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and how patiently."""

    url: str
    model: str
    key_variable: str = ""
    timeout: float = 60.0
    """Seconds to wait for one answer."""
    retries: int = 5
    """Further tries after a fault that may pass."""
    concurrency: int = 8
    """Questions under way at once."""
    first_pause: float = field(default=0.5, compare=False)
    """Seconds before the second try; doubled before each further one."""

    def ask(self, conversations: Sequence[list[dict[str, str]]], settings: Mapping[str, Any]) -> list[Reply]:
        """The reply to each list of messages (`role`, `content`). settings: further keys of the request.

        Raises Error (`missing-key-variable`, `endpoint-failed`).
        """
        key = self.key()
        bodies = [orjson.dumps({"model": self.model, "messages": each, **settings}) for each in conversations]
        pool = ThreadPoolExecutor(min(self.concurrency, max(1, len(bodies))))
        try:
            return list(pool.map(lambda body: self._answer(body, key), bodies))
        finally:
            pool.shutdown(cancel_futures=True)

    def key(self) -> str:
        """The key, if one is named. Raises Error (`missing-key-variable`)."""
        found = os.environ.get(self.key_variable, "") if self.key_variable else ""
        if self.key_variable and not found.strip():
            sentence = f"the environment variable `{self.key_variable}`, which should hold the endpoint's key, is not set"
            raise fail(
                "missing-key-variable", sentence, f"`export {self.key_variable}=…` before the run; it is written nowhere"
            )
        return found.strip()

    def _answer(self, body: bytes, key: str) -> Reply:
        pause = self.first_pause
        for left in range(self.retries, -1, -1):
            try:
                return _reply(self._post(body, key))
            except urllib.error.HTTPError as fault:
                told = _told(fault)
                if any(name in told for name in _WITHHELD):
                    return Reply(None, True)
                if fault.code not in _AGAIN or not left:
                    raise self._failed(f"it answers {fault.code}: {told}", key) from None
                pause = max(pause, _asked_pause(fault))
            except (OSError, http.client.HTTPException, ValueError) as fault:
                if not left:
                    raise self._failed(_worded(fault), key) from None
            time.sleep(min(pause, _LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("every try returns or raises")

    def _post(self, body: bytes, key: str) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "dprep"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(f"{self.url.rstrip('/')}/chat/completions", body, headers, method="POST")
        with _opener(urlsplit(self.url).hostname in _LOCAL).open(request, timeout=self.timeout) as response:
            read: bytes = response.read(_MOST_BYTES + 1)
        if len(read) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES >> 20} MiB came back")
        return read

    def _failed(self, why: str, key: str) -> Error:
        hidden = why.replace(key, "…") if key else why
        return fail(
            "endpoint-failed",
            f"`{self.url}` does not answer: {hidden[:300]}",
            "what was answered so far is kept; once it answers again the same command goes on from there",
        )


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Not followed: the key would go along."""


def _opener(local: bool) -> urllib.request.OpenerDirector:
    """local: what runs on this machine is not asked through a proxy."""
    return urllib.request.build_opener(_Stays(), *([urllib.request.ProxyHandler({})] if local else []))


def _reply(body: bytes) -> Reply:
    """Raises ValueError where it is no answer as the protocol has it."""
    told = orjson.loads(body)
    try:
        choice = told["choices"][0]
        text, reason = choice["message"].get("content"), choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("its answer has no `choices[0].message`") from None
    refused = reason == "content_filter" or bool(choice["message"].get("refusal"))
    return Reply(None if refused or not isinstance(text, str) else text, reason != "length")


def _told(fault: urllib.error.HTTPError) -> str:
    """The start of what a service says of its fault."""
    try:
        return " ".join(fault.read(2000).decode("utf-8", "replace").split())
    except (OSError, http.client.HTTPException):
        return str(fault.reason)


def _asked_pause(fault: urllib.error.HTTPError) -> float:
    """Seconds that the service asks to wait."""
    told = fault.headers.get("Retry-After", "") if fault.headers else ""
    return float(told) if told.isdigit() else 0.0


def _worded(fault: Exception) -> str:
    reason = getattr(fault, "reason", None) or fault
    return f"{type(fault).__name__}: {reason}".rstrip(": ")
