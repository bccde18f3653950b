"""The product as `make demo` runs it, on a database of its own and free ports: web, worker, sandbox store."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.settings import TEST_CREDENTIAL_KEY

_START_SECONDS = 60


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """`url` and `sandbox_url` have no slash at the end; `log` is what all programs said."""

    folder: Path
    port: int
    sandbox_port: int
    username: str
    password: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def _environment(self) -> dict[str, str]:
        sandbox = f"127.0.0.1:{self.sandbox_port}"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "DJANGO_SETTINGS_MODULE": "inventory_sync.settings",
            "DEBUG": "False",
            "PLAIN_STATIC": "False",
            "CONN_MAX_AGE": "60",
            "EMAIL_URL": "consolemail://",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "CREDENTIAL_KEYS": TEST_CREDENTIAL_KEY,
            "DATABASE_URL": os.environ.get("E2E_DATABASE_URL", f"sqlite:///{self.folder / 'e2e.sqlite3'}"),
            "SANDBOX_DATABASE": str(self.folder / "sandbox.sqlite3"),
            "PUBLIC_URL": self.url,
            "SANDBOX_URL": f"http://{sandbox}",
            "BIGCOMMERCE_API_URL": f"http://{sandbox}",
            "PRIVATE_ADDRESSES_ALLOWED": sandbox,
            "DEMO_PASSWORD": self.password,
            "LOG_LEVEL": "WARNING",
        }

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py against this stack's database; its output."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        result = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=180, check=False
        )
        assert result.returncode == 0, f"{' '.join(arguments)}:\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def start(self, *options: str) -> None:
        """`options` of `manage.py up`, such as --demo-stores."""
        environment = self._environment
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.manage("demo_data")
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up", "--sandbox", *options, *ports],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for url in (f"{self.url}/healthz", f"{self.sandbox_url}/"):
            self._await_answer(url)

    def _await_answer(self, url: str) -> None:
        assert self.process is not None
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return
            except OSError:
                pass
            time.sleep(0.3)
        raise AssertionError(f"{url} does not answer:\n{self.log}")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()


def new(folder: Path) -> Stack:
    return Stack(folder, _free_port(), _free_port(), "manager", secrets.token_urlsafe(9))
