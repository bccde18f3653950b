"""The smallest scenario, to test the harness: groups are made in three transactions, resumably or (`careless`) not."""

import os

from django.contrib.auth.models import Group
from django.db import transaction

from tests.crash.dump import canonical


def prepare() -> None:
    Group.objects.create(name="start")


def run() -> None:
    for name in ("one", "two", "three"):
        with transaction.atomic():
            if os.environ.get("CRASH_CARELESS"):
                Group.objects.create(name=f"{name}-{Group.objects.count()}")
            else:
                Group.objects.get_or_create(name=name)


def dump() -> list[str]:
    return canonical([Group])


def check() -> None:
    assert Group.objects.filter(name="start").exists()
