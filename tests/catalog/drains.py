"""Working off the marks of stock as the drain does, against a store in memory."""

from collections.abc import Sequence
from decimal import Decimal

from catalog.handlers import push_stock
from channels.models import ChangeMark, Channel, SyncJob
from channels.registry import JobOutcome
from tests.factories.catalog import FakeShop
from tests.factories.channels import NOW


def fresh(channel: Channel) -> Channel:
    return Channel.objects.select_related("settings").get(pk=channel.pk)


def absorb(channel: Channel) -> list[SyncJob]:
    """Marks as jobs, as the drain makes them."""
    keys = dict.fromkeys(ChangeMark.objects.filter(channel=channel, kind="stock").values_list("key", flat=True))
    ChangeMark.objects.filter(channel=channel).delete()
    return [SyncJob(channel=channel, kind="stock", key=key, not_before=NOW) for key in keys]


def drain(channel: Channel, shop: FakeShop) -> list[JobOutcome]:
    jobs: Sequence[SyncJob] = absorb(channel)
    outcomes: list[JobOutcome] = []
    while jobs:
        found = push_stock(fresh(channel), shop, jobs)
        outcomes += [each for each in found if each.verdict != "again"]
        again = {each.key: each for each in found if each.verdict == "again"}
        for job in jobs:
            job.detail = again[job.key].detail if job.key in again else ""
        jobs = [job for job in jobs if job.key in again]
    return outcomes


def sent(shop: FakeShop) -> dict[str, Decimal]:
    return {sku: units for call in shop.sent for sku, units in call.items()}
