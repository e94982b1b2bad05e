"""A server of OpenAI's chat protocol that answers by rule, counts what it is asked, and can be told to misbehave."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], "str | Outcome"]
"""From the body of a request to what the model says."""

WORDINGS = {
    "Where is my parcel?": "Could you tell me where my parcel is?",
    "The lamp is broken.": "My lamp has stopped working.",
    "灯坏了，我要退款。": "这盏灯不亮，请把钱退给我。",
    "我的包裹在哪里？": "请问我的包裹现在到哪儿了？",
}
REFUSAL = "I'm sorry, but I can't help with that."


class Outcome:
    """An answer that is no plain one: a status, headers, a body of its own, or why it ended."""

    def __init__(
        self, text: str | None = "", status: int = 200, ended: str = "stop", body: bytes | None = None, **headers: str
    ) -> None:
        self.text, self.status, self.ended, self.body = text, status, ended, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def by_rule(body: dict[str, Any]) -> str:
    """Other words for what stands in WORDINGS, a preface for every second text, a refusal for the others; JSON if asked."""
    text = re.split(": |：", body["messages"][-1]["content"], maxsplit=1)[-1]
    new = WORDINGS.get(text, f"Well: {text}" if len(text) % 2 else REFUSAL)
    return json.dumps({"text": new}, ensure_ascii=False) if "response_format" in body and new != REFUSAL else new


class StandIn:
    """The server while it runs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: Counter[str] = Counter()
        """How often each last message came."""
        self.answered: Counter[str] = Counter()
        """How often each was answered to the end."""
        self.requests: list[dict[str, Any]] = []
        """Every request: `path`, `headers` and `body`."""
        self.lock = threading.Lock()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def server_bind(self) -> None:
        # several test runs on one machine may serve the same rules at the same place
        if self.server_address[1]:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()


@contextmanager
def serving(answer: Answer = by_rule, port: int = 0) -> Iterator[StandIn]:
    """A server on this machine; port 0: any that is free."""
    server = _Server(("127.0.0.1", port), BaseHTTPRequestHandler)
    found = StandIn(f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.RequestHandlerClass = _handler(found, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def _handler(told: StandIn, answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            question = body["messages"][-1]["content"]
            with told.lock:
                told.asked[question] += 1
                told.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
            said = answer(body)
            outcome = said if isinstance(said, Outcome) else Outcome(said)
            try:
                self._send(outcome)
            except OSError:  # whoever asked is gone
                return
            with told.lock:
                told.answered[question] += 1

        def _send(self, outcome: Outcome) -> None:
            choice = {"index": 0, "message": {"role": "assistant", "content": outcome.text}, "finish_reason": outcome.ended}
            sent = json.dumps({"choices": [choice]}).encode() if outcome.body is None else outcome.body
            self.send_response(outcome.status)
            for name, value in outcome.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    return Handler
