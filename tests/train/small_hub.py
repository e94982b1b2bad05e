"""A hub of models on this machine, as far as a download needs one: what is fetched is written down, and it can break off."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """One repository, `someone/small`."""

    files: Mapping[str, bytes]
    gated: bool = False
    break_off: dict[str, int] = field(default_factory=dict)
    """File -> bytes after which its connection is cut, once."""
    fetched: list[tuple[str, str]] = field(default_factory=list)
    """(file, range asked for) of every download that was begun."""
    url: str = ""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at a free port of this machine, while the context lasts."""

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Hub

    def log_message(self, *_arguments: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        if "/someone/small" not in path:
            self._refuse(404, "RepoNotFound")
        elif "nothere" in path:
            self._refuse(404, "RevisionNotFound")
        elif self.served.gated and "/resolve/" in path:
            self._refuse(403, "GatedRepo")
        elif "/tree/" in path:
            self._json([self._entry(name) for name in self.served.files], body)
        elif path.startswith("/api/models/"):
            siblings = [{"rfilename": name} for name in self.served.files]
            self._json({"id": "someone/small", "sha": COMMIT, "siblings": siblings, "private": False}, body)
        else:
            self._file(re.sub(r"^.*/resolve/[^/]+/", "", path), body)

    def _entry(self, name: str) -> dict[str, Any]:
        content = self.served.files[name]
        return {"type": "file", "oid": hashlib.sha1(content).hexdigest(), "size": len(content), "path": name}

    def _json(self, value: Any, body: bool) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _file(self, name: str, body: bool) -> None:
        content = self.served.files[name]
        asked = self.headers.get("Range", "")
        start = int(asked[6:].partition("-")[0]) if asked else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if not body:
            return
        self.served.fetched.append((name, asked))
        cut = self.served.break_off.pop(name, None)
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

    def _refuse(self, status: int, why: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", why)
        self.send_header("X-Error-Message", why)
        self.send_header("Content-Length", "0")
        self.end_headers()
