"""`manage.py rotate_credentials`: after a new key was put in front of CREDENTIAL_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.services.credentials import rotate_credentials
from inventory_sync.lib.secrets import SecretUnreadable


class Command(BaseCommand):
    help = "Encrypt the stores' credentials with the first of CREDENTIAL_KEYS; the others can then be dropped."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            rotated = rotate_credentials()
        except SecretUnreadable as error:
            raise CommandError(f"{error.message} {error.detail}") from error
        self.stdout.write(f"Credentials of {rotated} channels are encrypted with the newest key.")
