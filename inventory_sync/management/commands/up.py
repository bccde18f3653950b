"""`manage.py up`: the web server and the worker, for the demo a sandbox store too, under one command."""

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from channels.platforms.environments import sandbox_variables
from inventory_sync.heartbeat import ask_for_beat, last_beat
from inventory_sync.supervisor import Program, Supervisor

_LOOK_EVERY_SECONDS = 5


class Command(BaseCommand):
    help = "Run the web server and the worker until Ctrl-C; restart what ends; replace a worker that stalls."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("WEB_HOST", "127.0.0.1"), help="address to listen on")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--web-workers", type=int, default=int(os.environ.get("WEB_WORKERS", "2")))
        parser.add_argument("--web-threads", type=int, default=int(os.environ.get("WEB_THREADS", "4")))
        parser.add_argument("--no-web", action="store_true", help="only the worker")
        parser.add_argument("--sandbox", action="store_true", help="run the sandbox stores as well")
        parser.add_argument("--demo-stores", action="store_true", help="connect a sandbox store of each platform")
        parser.add_argument("--sandbox-port", type=int, default=int(os.environ.get("SANDBOX_PORT", "9010")))
        parser.add_argument(
            "--stall",
            type=int,
            default=_job_timeout() + 60,
            help="seconds without a finished job until the worker is replaced",
        )
        parser.add_argument("--grace", type=int, default=75, help="seconds that running jobs get to end at a stop")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["stall"] <= _job_timeout():
            raise CommandError("--stall must be longer than the timeout of a job (Q_CLUSTER).")
        for port in _ports(options):
            _refuse_taken(options["host"], port)
        programs = _programs(options)
        worker = next(program for program in programs if program.name == "worker")
        watch = _Watch(self._say, worker, options)
        Supervisor(programs, self._say, options["grace"]).run(watch.look)
        self._say("stopped")

    def _say(self, text: str) -> None:
        self.stdout.write(f"[up] {text}")
        self.stdout.flush()


def _job_timeout() -> int:
    cluster: dict[str, Any] = settings.Q_CLUSTER
    return int(cluster["timeout"])


def _ports(options: dict[str, Any]) -> list[int]:
    ports = [] if options["no_web"] else [options["port"]]
    return [*ports, options["sandbox_port"]] if options["sandbox"] else ports


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"Port {port} cannot be used ({error.strerror}); choose others with PORT=… and SANDBOX_PORT=…"
            raise CommandError(message) from error


def _programs(options: dict[str, Any]) -> list[Program]:
    """In the order in which they are stopped: demo stores, web, worker, sandbox."""
    environment = dict(os.environ)
    programs = []
    if options["sandbox"]:
        sandbox = f"127.0.0.1:{options['sandbox_port']}"
        environment |= {
            "SANDBOX_URL": f"http://{sandbox}",
            **sandbox_variables(f"http://{sandbox}"),
            "PRIVATE_ADDRESSES_ALLOWED": sandbox,
            "PUBLIC_URL": f"http://localhost:{options['port']}",
        }
        environment.setdefault("LOG_LEVEL", "WARNING")
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    if options["sandbox"] and options["demo_stores"]:
        programs.append(Program("demo stores", [*manage, "demo_stores", "--wait", "60"], environment, once=True))
    if not options["no_web"]:
        programs.append(Program("web", _web_command(options), environment))
    programs.append(Program("worker", [*manage, "qcluster"], environment))
    if options["sandbox"]:
        stores = os.environ.get("SANDBOX_DATABASE", str(settings.VAR_DIR / "sandbox.sqlite3"))
        port = str(options["sandbox_port"])
        command = [sys.executable, "-m", "sandbox", "--port", port, "--data", stores]
        programs.append(Program("sandbox", command, environment))
    return programs


def _web_command(options: dict[str, Any]) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "inventory_sync.wsgi"),
        *("--bind", f"{options['host']}:{options['port']}"),
        *("--workers", str(options["web_workers"]), "--threads", str(options["web_threads"])),
        *("--log-level", "warning", "--no-control-socket"),
    ]


class _Watch:
    """Says when the pages answer, and replaces a worker that stores no results although it was asked to."""

    def __init__(self, say: Any, worker: Program, options: dict[str, Any]) -> None:
        self._say = say
        self._worker = worker
        self._stall = options["stall"]
        self._address = None if options["no_web"] else f"http://localhost:{options['port']}"
        self._sandbox = f"http://localhost:{options['sandbox_port']}" if options["sandbox"] else ""
        self._next_look = 0.0
        self._asked_at = 0.0

    def look(self) -> None:
        if time.monotonic() < self._next_look:
            return
        if self._address and _answers(f"{self._address}/healthz"):
            self._greet(self._address)
            self._address = None
        self._next_look = time.monotonic() + (0.5 if self._address else _LOOK_EVERY_SECONDS)
        if self._stalled():
            self._say(f"the worker finished no job for {self._stall} s; replacing it")
            self._worker.clear()

    def _greet(self, address: str) -> None:
        self._say(f"ready: {address}")
        if self._sandbox:
            self._say(f"sandbox stores: {self._sandbox}")
            if login := _demo_login():
                self._say(f"log in as: {login}")
        self._say("Ctrl-C stops everything")

    def _stalled(self) -> bool:
        """A worker without sign of life for a third of the limit is asked for one; at the limit it has stalled."""
        try:
            close_old_connections()
            beat = last_beat()
            silent = time.monotonic() - self._worker.started_at
            if beat is not None:
                silent = min(silent, (timezone.now() - beat).total_seconds())
            if silent > self._stall / 3 and time.monotonic() - self._asked_at > self._stall / 3:
                self._asked_at = time.monotonic()
                ask_for_beat()
        except DatabaseError as error:
            self._say(f"the database does not answer: {error}")
            return False
        return self._worker.running and silent > self._stall


def _demo_login() -> str:
    """Name and password of the demo's manager, if that is still the password."""
    password = os.environ.get("DEMO_PASSWORD", "")
    manager = get_user_model().objects.filter(username="manager").first()
    if manager is None or not password or not manager.check_password(password):
        return ""
    return f"manager, password: {password}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False
