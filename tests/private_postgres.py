"""A PostgreSQL server of one's own for one command: `python tests/private_postgres.py pytest …`.

It lives in a temporary folder, listens on a free loopback port, promises nothing on a power cut, and is gone when the
command ends. The command finds it in DATABASE_URL. Works as root (the server then runs as `postgres` or `nobody`) and
as an ordinary user. Exit code 77: no server programs found.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MISSING = 77
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
}


def find_programs() -> Path | None:
    """The folder with `initdb` of the newest installed version, or None."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: float(path.parent.parent.name), default=None)
    if newest is not None:
        return newest.parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _server_account(folder: Path) -> dict[str, Any]:
    """Arguments for Popen: the server refuses to run as root, so give the folder and the process to somebody else."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = known.get("postgres") or known["nobody"]
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(server: subprocess.Popen[bytes], programs: Path, port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ready = subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False)
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


@contextlib.contextmanager
def running(programs: Path) -> Iterator[str]:
    """Yield the DATABASE_URL of a new, empty server."""
    folder = Path(tempfile.mkdtemp(prefix="inventory-pg-"))
    account = _server_account(folder)
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    data, log, port = folder / "data", folder / "log", _free_port()
    try:
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-U",
                "app",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            cwd="/",
            env=environment,
            stdout=subprocess.DEVNULL,
            **account,
        )
        options = [f"-c{name}={value}" for name, value in {**_FAST, "unix_socket_directories": str(folder)}.items()]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(port), *options],
                cwd="/",
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **account,
            )
        try:
            _await_ready(server, programs, port, log)
            yield f"postgres://app@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: ends the sessions
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    programs = find_programs()
    if programs is None:
        print("PostgreSQL is not installed here (looked for initdb in /usr/lib/postgresql and PATH).", file=sys.stderr)
        return MISSING
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the server goes too
    with running(programs) as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
