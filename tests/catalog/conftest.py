"""A channel that sends stock, a store in memory behind it, and runs worked off step by step."""

from datetime import datetime
from typing import cast

import pytest

from catalog.services import download
from channels.models import Channel
from channels.ports import Platform
from channels.registry import registry
from inventory.enums import RUN_OPEN
from inventory.models import Run
from inventory.services import runs
from tests.factories.catalog import FakeShop, sending_channel
from tests.factories.channels import NOW


@pytest.fixture(autouse=True)
def page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a download as on a slow host: small catalogs would be read in one otherwise."""
    monkeypatch.setattr(download, "READ_AHEAD", 1)


@pytest.fixture
def shop() -> FakeShop:
    return FakeShop()


@pytest.fixture
def platform(shop: FakeShop) -> Platform:
    return cast("Platform", shop)


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel()


def step(channel: Channel, shop: FakeShop, run: Run, *, now: datetime = NOW) -> Run:
    """One step of an activity, as the drain does it."""
    channel = Channel.objects.select_related("settings").get(pk=channel.pk)
    result = registry.run_steps[run.kind](channel, cast("Platform", shop), run)
    return runs.record_step(
        run,
        outcomes=result.outcomes,
        cursor=result.cursor,
        total=result.total,
        message=result.message,
        passed=result.passed,
        finished=result.finished,
        now=now,
    )


def work_off(channel: Channel, shop: FakeShop, run: Run) -> Run:
    """All steps of an activity."""
    for _ in range(100):
        if run.state not in RUN_OPEN:
            return run
        run = step(channel, shop, run)
    raise AssertionError("does not end")


def fetch(channel: Channel, shop: FakeShop) -> Run:
    """A whole download that nobody asked for by name."""
    return work_off(channel, shop, download.start_download(channel, user=None, now=NOW))


def reason(run: Run, key: str) -> tuple[str, str]:
    """What became of an item, and why."""
    item = run.items.get(key=key)
    return item.outcome, item.reason
