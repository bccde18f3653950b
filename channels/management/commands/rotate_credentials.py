"""`manage.py rotate_credentials`: after a new key was put in front of CREDENTIAL_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.services.credentials import rotate_credentials


class Command(BaseCommand):
    help = "Encrypts all store credentials with the newest of CREDENTIAL_KEYS. Then the older keys can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = []
        count = 0
        for rotated in rotate_credentials():
            count += 1
            if not rotated.is_readable:
                unreadable.append(rotated.name)
        if unreadable:
            raise CommandError(f"No key of CREDENTIAL_KEYS opens the credentials of: {', '.join(unreadable)}.")
        self.stdout.write(f"{count} credentials now use the newest key.")
