"""A store in memory behind the platform's spec, and a clock that stands still until told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from channels import registry as platforms
from channels.models import Channel, SyncJob
from channels.ports import Platform
from channels.registry import JobHandler, JobOutcome, registry
from inventory.models import User
from sandbox.server import SandboxServer
from tests.channels.fake_store import FakeStore
from tests.factories.channels import NOW, ChannelFactory, member, second_platform
from tests.sandbox.client import StoreClient
from tests.sandbox.patience import be_patient


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    fake = FakeStore()
    spec = platforms.platform_spec("bigcommerce")
    monkeypatch.setitem(platforms._specs, "bigcommerce", replace(spec, connect=fake.connect))
    return fake


@pytest.fixture
def channel(db: None, store: FakeStore) -> Channel:
    return ChannelFactory()


@pytest.fixture
def second_channel(db: None, store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Channel:
    """A store of the other platform, where orders change without a date."""
    return ChannelFactory(platform=second_platform(monkeypatch, connect=store.connect))


@pytest.fixture
def each_channel(request: pytest.FixtureRequest) -> Channel:
    """For tests that hold on both platforms: `@on_both`."""
    channel: Channel = request.getfixturevalue(request.param)
    return channel


on_both = pytest.mark.parametrize(
    "each_channel",
    [pytest.param("channel", id="bigcommerce"), pytest.param("second_channel", id="woocommerce")],
    indirect=True,
)
"""Runs a test for a store of each platform."""


Handle = Callable[[Channel, Platform, Sequence[SyncJob]], Sequence[JobOutcome]]


@dataclass
class Handlers:
    """Handlers of the test instead of the product's."""

    seen: list[list[str]]

    def add(self, handle: Handle, *, kind: str = "order", priority: int = 10, batch: int = 10, **more: object) -> None:
        def noting(channel: Channel, platform: Platform, jobs: Sequence[SyncJob]) -> Sequence[JobOutcome]:
            self.seen.append([job.key for job in jobs])
            return handle(channel, platform, jobs)

        registry.handlers[kind] = JobHandler(kind=kind, priority=priority, batch=batch, handle=noting, **more)  # type: ignore[arg-type]


@pytest.fixture
def handlers() -> Iterator[Handlers]:
    kept = dict(registry.handlers)
    registry.handlers.clear()
    yield Handlers(seen=[])
    registry.handlers.clear()
    registry.handlers.update(kept)


def jobs_of(channel: Channel) -> dict[str, SyncJob]:
    return {f"{job.kind} {job.key}": job for job in SyncJob.objects.filter(channel=channel)}


def all_done(_channel: Channel, _platform: Platform, jobs: Sequence[SyncJob]) -> list[JobOutcome]:
    return [JobOutcome(key=job.key, verdict="done") for job in jobs]


@pytest.fixture
def shop(sandbox: SandboxServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> StoreClient:
    """A sandbox store, and the product told where it is."""
    settings.SANDBOX_URL = settings.BIGCOMMERCE_API_URL = sandbox.url
    settings.PRIVATE_ADDRESSES_ALLOWED = ["127.0.0.0/8"]
    be_patient(monkeypatch)
    return StoreClient(sandbox)


@pytest.fixture
def manager(client: Client) -> User:
    user = member()
    client.force_login(user)
    return user
