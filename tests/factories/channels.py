"""Builders of channels, as connecting leaves them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import factory
from factory.django import DjangoModelFactory

from channels.models import Channel, ChannelSettings, LocationMapping, PaymentMapping, SyncJob, TaxMapping
from channels.registry import _specs, platform_spec
from inventory.models import User
from inventory_sync.lib.secrets import Secrets
from tests.factories import inventory

if TYPE_CHECKING:
    import pytest

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CANARY = "canary-7f3e91b2-never-shown"
"""Stands in every factory channel's credentials; tests look for it everywhere else."""


class ChannelFactory(DjangoModelFactory[Channel]):
    """A connected, healthy store with its setup row and the organization around it."""

    class Meta:
        model = Channel
        skip_postgeneration_save = True

    platform = "bigcommerce"
    name = factory.Sequence(lambda n: f"Store {n}")
    store_identity = factory.Sequence(lambda n: f"hash{n}")
    store_url = factory.LazyAttribute(lambda row: f"https://{row.store_identity}.example")
    store_currency = "EUR"
    api_url = "http://127.0.0.1:9010"
    credentials = factory.LazyFunction(lambda: Secrets(access_token=CANARY, webhook_secret=f"{CANARY}-hook"))
    connected_at = NOW - timedelta(days=30)
    poll_cursor = NOW - timedelta(hours=1)
    last_poll_at = NOW - timedelta(minutes=20)
    next_poll_at = NOW + timedelta(minutes=40)

    @factory.post_generation
    def settings(self, create: bool, extracted: dict[str, Any] | None, **columns: Any) -> None:
        if create:
            home = inventory.organization()
            for number in (1, 2):
                inventory.PriceTierFactory(number=number)
            given = {"default_location": home.default_location, **columns, **(extracted or {})}
            ChannelSettings.objects.create(channel=self, **given)


class TaxMappingFactory(DjangoModelFactory[TaxMapping]):
    class Meta:
        model = TaxMapping

    channel = factory.SubFactory(ChannelFactory)
    remote_key = factory.Sequence(str)
    label = factory.Sequence(lambda n: f"Tax class {n}")


class PaymentMappingFactory(DjangoModelFactory[PaymentMapping]):
    class Meta:
        model = PaymentMapping

    channel = factory.SubFactory(ChannelFactory)
    remote_key = factory.Sequence(lambda n: f"method{n}")
    label = factory.Sequence(lambda n: f"Method {n}")


class LocationMappingFactory(DjangoModelFactory[LocationMapping]):
    class Meta:
        model = LocationMapping

    channel = factory.SubFactory(ChannelFactory)
    remote_key = factory.Sequence(str)
    label = factory.Sequence(lambda n: f"Shop floor {n}")


class SyncJobFactory(DjangoModelFactory[SyncJob]):
    class Meta:
        model = SyncJob

    channel = factory.SubFactory(ChannelFactory)
    kind = "order"
    key = factory.Sequence(str)
    not_before = NOW


def second_platform(monkeypatch: "pytest.MonkeyPatch", **columns: Any) -> str:
    """Slug of the platform whose orders name companies first, tax rates, and change without a date."""
    slug = "woocommerce"
    monkeypatch.setitem(_specs, slug, replace(platform_spec(slug), **columns))
    return slug


def member(role: str = "Manager", *, platforms: tuple[str, ...] = ("bigcommerce",)) -> User:
    """A user with a role and the permission of these platforms."""
    from django.contrib.auth.models import Permission

    user = inventory.UserFactory(role=role)
    names = [f"use_{slug}" for slug in platforms]
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="channels", codename__in=names))
    return user
