"""Serving the sandbox: a thread per request, on the loopback by default."""

import threading
from types import TracebackType
from typing import Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.app import SandboxApp, create_app
from sandbox.clock import Clock
from sandbox.seeds import seed_missing, seed_world
from sandbox.tls import Tls

POLL_SECONDS = 0.05


class Handler(WSGIRequestHandler):
    """Quiet, and answers are not held back by Nagle's algorithm."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


class Server(ThreadedWSGIServer):
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: SandboxApp, tls: Tls | None) -> None:
        super().__init__(host, port, app, handler=Handler, ssl_context=tls.context() if tls is not None else None)


class SandboxServer:
    """A sandbox on a free loopback port, in a thread: ``with SandboxServer() as sandbox: sandbox.url``.

    With ``tls`` (a kind of certificate, see ``sandbox.tls``) it speaks HTTPS only; trust ``sandbox.tls.ca_path``.
    """

    def __init__(
        self,
        data_path: str = ":memory:",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: str = "demo",
        clock: Clock | None = None,
        tls: str = "",
    ) -> None:
        self.tls = Tls(tls) if tls else None
        self.app = create_app(data_path, clock)
        self.world = self.app.world
        self._server = Server(host, port, self.app, self.tls)
        self.url = f"{'https' if tls else 'http'}://{host}:{self._server.port}"
        self._seed = seed
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    def start(self) -> Self:
        seed_missing(self.world, self.url, self._seed)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
        self.world.close()
        if self.tls is not None:
            self.tls.close()

    def reset(self, seed: str | None = None) -> None:
        self.world.restart()
        seed_world(self.world, self.url, seed or self._seed)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def serve_forever(self) -> None:
        """In the calling thread, until interrupted."""
        seed_missing(self.world, self.url, self._seed)
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()
            self.world.close()
