"""``python -m sandbox --port 9010 --data PATH --seed demo``."""

import argparse
import signal
import sys
from pathlib import Path

from sandbox.seeds import SEEDS
from sandbox.server import SandboxServer


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Sandbox stores for demos and tests.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=9010, help="port to listen on (9010)")
    parser.add_argument("--data", default=":memory:", help="SQLite file of the stores; in memory when left out")
    parser.add_argument("--seed", default="demo", choices=sorted(SEEDS), help="what an empty file is filled with")
    options = parser.parse_args()
    if options.data != ":memory:":
        Path(options.data).parent.mkdir(parents=True, exist_ok=True)
    server = SandboxServer(options.data, host=options.host, port=options.port, seed=options.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"Sandbox stores at {server.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
