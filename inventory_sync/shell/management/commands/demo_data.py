"""`manage.py demo_data`: a small shop to try things with. Running it again adds only what is missing."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from inventory_sync.shell.demo import LOGINS, fill_demo


class Command(BaseCommand):
    help = "Fill an empty installation with the demo shop Nordhafen; harmless to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--password",
            default=os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9),
            help="password of the demo's people (DEMO_PASSWORD; one is made up otherwise)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        made = fill_demo(password=options["password"], now=timezone.now())
        if not made:
            self.stdout.write("The demo shop is there already.")
            return
        self.stdout.write(f"The demo shop is filled. Log in as {' or '.join(LOGINS)}, password: {options['password']}")
