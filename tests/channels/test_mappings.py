"""Mappings of tax classes, payment methods and locations."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.forms.setup import SetupForm
from channels.models import Channel, LocationMapping, PaymentMapping, TaxMapping
from channels.queries import locations, payment_accounts, push_location, tax_rules
from channels.registry import registry
from channels.remote import TAX_FREE, RemoteName
from channels.services.mappings import (
    MappingChoices,
    StoreNames,
    note_locations,
    note_payment_methods,
    note_tax_names,
    save_names,
)
from channels.services.setup import (
    SetupChoices,
    save_setup,
)
from channels.signals import mapping_changed
from inventory.models import AuditEntry, User
from tests.channels.fake_store import FakeStore
from tests.channels.setup_page import post
from tests.factories import inventory
from tests.factories.channels import (
    NOW,
    LocationMappingFactory,
    PaymentMappingFactory,
    TaxMappingFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.req("TAX-1")
@pytest.mark.req("PAY-1")
@pytest.mark.req("SET-32")
def test_mappings_are_kept_audited_and_told(client: Client, manager: User, channel: Channel) -> None:
    tax = TaxMappingFactory(channel=channel, remote_key="1", label="Reduced")
    payment = PaymentMappingFactory(channel=channel, remote_key="card", label="Card")
    place = LocationMappingFactory(channel=channel, remote_key="2", label="Shop floor")
    rule, account = inventory.TaxRuleFactory(), inventory.BankAccountFactory()
    location = inventory.default_location()
    told: list[tuple[str, frozenset[str]]] = []

    def hear(kind: str, remote_keys: frozenset[str], **_: Any) -> None:
        told.append((kind, remote_keys))

    mapping_changed.connect(hear)
    try:
        names = {f"tax-{tax.pk}": rule.pk, f"payment-{payment.pk}": account.pk, f"place-{place.pk}": location.pk}
        post(client, channel, receives_stock=str(place.pk), **names)
    finally:
        mapping_changed.disconnect(hear)

    assert tax_rules(channel) == {"1": rule}
    assert payment_accounts(channel) == {"card": account}
    assert locations(channel) == {"2": location}
    assert push_location(channel) == "2"
    assert told == [("tax", {"1"}), ("payment", {"card"}), ("location", {"2"})]
    assert AuditEntry.objects.get().changes == {
        "tax: Reduced": ["", str(rule)],
        "payment: Card": ["", str(account)],
        "location: Shop floor": ["", str(location)],
        "quantities are sent to": ["", "Shop floor"],
    }


@pytest.mark.req("PAY-1")
def test_only_accounts_that_accept_payments_are_offered(client: Client, manager: User, channel: Channel) -> None:
    PaymentMappingFactory(channel=channel)
    bank, revenue = inventory.BankAccountFactory(name="Bank"), inventory.AccountFactory(name="Revenue")

    offered = dict(SetupForm(channel).payments[0].field.field.choices)

    assert str(bank.pk) in offered
    assert str(revenue.pk) not in offered


@pytest.mark.req("TAX-6", platform="bigcommerce")
def test_an_unmapped_class_says_how_many_orders_wait(
    client: Client, manager: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    TaxMappingFactory(channel=channel, remote_key="4", label="Reduced rate")
    monkeypatch.setattr(registry, "orders_waiting_for_tax", lambda _channel: {"4": 6})

    page = client.get(reverse("channels:setup", args=[channel.pk])).content.decode()

    assert "Without a rule its orders are not captured: 6 wait." in page


@pytest.mark.req("TAX-1")
def test_loading_adds_what_is_new_and_keeps_what_is_mapped(
    client: Client, manager: User, channel: Channel, store: FakeStore
) -> None:
    rule = inventory.TaxRuleFactory()
    TaxMappingFactory(channel=channel, remote_key="1", label="Old name", rule=rule)

    client.post(reverse("channels:load", args=[channel.pk]), {"section": "tax"})

    rows = {row.remote_key: (row.label, row.rule) for row in TaxMapping.objects.filter(channel=channel)}
    assert rows == {"0": ("Default Tax Class", None), "1": ("Food", rule), "tax-free": ("Tax free", None)}
    assert PaymentMapping.objects.filter(channel=channel).count() == 1
    assert LocationMapping.objects.filter(channel=channel).count() == 2


def test_keys_met_on_orders_are_added_once_and_unmapped(channel: Channel) -> None:
    rule = inventory.TaxRuleFactory()
    TaxMappingFactory(channel=channel, remote_key="1", label="Food", rule=rule)
    met = [RemoteName(key="1", label="1"), RemoteName(key="9", label="")]
    for _ in range(2):
        assert note_tax_names(channel, met) == {"1": "Food", "9": "9"}
        assert note_payment_methods(channel, [RemoteName(key="cash", label="Cash")]) == {"cash": "Cash"}
        assert note_locations(channel, [RemoteName(key="3", label="Third")]) == {"3": "Third"}

    assert dict(TaxMapping.objects.values_list("remote_key", "label")) == {"1": "Food", "9": "9"}
    assert tax_rules(channel) == {"1": rule}
    assert PaymentMapping.objects.count() == LocationMapping.objects.count() == 1


def test_mappings_of_another_channel_cannot_be_changed(channel: Channel) -> None:
    foreign = TaxMappingFactory()
    rule = inventory.TaxRuleFactory()

    choices = SetupChoices(mappings=MappingChoices(tax={foreign.pk: rule.pk}))
    assert save_setup(channel, choices=choices, version=0, user=None, now=NOW) == frozenset()

    foreign.refresh_from_db()
    assert foreign.rule is None


@pytest.mark.req("TAX-9", platform="woocommerce")
@pytest.mark.req("TAX-1", platform="woocommerce")
def test_lists_of_the_store_say_what_a_tax_name_is_about(channel: Channel) -> None:
    """Also of one that an order named first."""
    note_tax_names(channel, [RemoteName(key="charge:shipping", label="charge:shipping", kind="rate")])
    names = (
        RemoteName(key="class:standard", label="Standard"),
        RemoteName(key="charge:shipping", label="Shipping", kind="charge"),
        RemoteName(key="rate:1", label="VAT 19 %", kind="rate"),
    )

    assert [save_names(channel, names=StoreNames(tax=names)).tax for _ in range(2)] == [3, 0]

    rows = TaxMapping.objects.order_by("remote_key").values_list("remote_key", "label", "kind")
    assert list(rows) == [
        ("charge:shipping", "Shipping", "charge"),
        ("class:standard", "Standard", "class"),
        ("rate:1", "VAT 19 %", "rate"),
        (TAX_FREE, "Tax free", "free"),
    ]
