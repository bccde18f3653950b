"""`manage.py demo_stores`: the demo shop gets its sandbox stores, as staff would connect them in the browser."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from channels.models import Channel
from channels.services.connect import ConnectRefused
from inventory_sync.lib.errors import ProductError
from inventory_sync.shell.demo_stores import connect_demo_stores


class Command(BaseCommand):
    help = "Connect one sandbox store of each platform to the demo shop; nothing where a store is connected already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", type=float, default=0, help="seconds to wait for the sandbox to answer")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            made = _connect(deadline=time.monotonic() + options["wait"])
        except ProductError as error:
            raise CommandError(f"{error.message} {error.detail}".strip()) from error
        for channel in made:
            self.stdout.write(f"{channel.name} ({channel.store_url}) is connected and kept in step.")


def _connect(*, deadline: float) -> list[Channel]:
    while True:
        try:
            return connect_demo_stores(now=timezone.now())
        except ConnectRefused:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
