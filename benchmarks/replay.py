"""A store that answers with pages rendered before: `python -m benchmarks.replay PORT FILE`.

So neither side waits for a sandbox that renders; what is left is fetching. FILE maps an address without its signature
to status, headers and body.
"""

import pickle
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

Page = tuple[int, dict[str, str], bytes]


def address_of(url: str) -> str:
    """Path and query without what signs a request."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.startswith("oauth_")]
    return f"{parts.path}?{urlencode(sorted(query))}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    pages: dict[str, Page]

    def do_GET(self) -> None:
        status, headers, body = self.pages.get(address_of(self.path), (404, {}, b"{}"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quietly."""


def main() -> None:
    Handler.pages = pickle.loads(Path(sys.argv[2]).read_bytes())
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
