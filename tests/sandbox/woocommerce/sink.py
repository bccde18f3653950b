"""The address that recorded webhooks were delivered to: what it answered depends on the path."""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

RECORDED = "http://127.0.0.1:18790"
ANSWERS = {"created": 201, "fail": 500, "redirect": 302, "gone": 410}
SLOW_SECONDS = 0.3


@dataclass(frozen=True)
class Letter:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def topic(self) -> str:
        return self.headers.get("X-WC-Webhook-Topic", "ping")


class Sink:
    """Answers as the recorded one; ``answers`` may say otherwise for a path's first part."""

    def __init__(self, **answers: int) -> None:
        self.letters: list[Letter] = []
        self.answers = {**ANSWERS, **answers}
        lock, owner = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = urlsplit(self.path).path.split("/")[1]
                if kind == "slow":
                    time.sleep(SLOW_SECONDS)
                with lock:
                    owner.letters.append(Letter(self.path, dict(self.headers.items()), body))
                self.send_response(owner.answers.get(kind, 200))
                self.send_header("Content-Length", "0")
                if kind == "redirect":
                    self.send_header("Location", f"{owner.url}/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, topic: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.topic == topic]
