"""Tax in Setup: classes have to be mapped, charges and rates only where another rule applies (TAX-1, TAX-9)."""

import pytest
from django.test import Client
from django.urls import reverse

from channels.forms.setup import MOST_EXCEPTIONS, SetupForm
from channels.models import Channel, TaxMapping
from channels.queries import tax_rules
from channels.registry import registry
from inventory.models import User
from tests.channels.setup_page import post
from tests.factories import inventory
from tests.factories.channels import TaxMappingFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db
WARNING = "Without a rule its orders are not captured"


def setup_page(client: Client, channel: Channel, **query: str) -> str:
    return client.get(reverse("channels:setup", args=[channel.pk]), query).content.decode()


def add_rates(channel: Channel, count: int) -> None:
    TaxMapping.objects.bulk_create(
        TaxMapping(channel=channel, kind="rate", remote_key=f"rate:{n}", label=f"Rate {n:04}") for n in range(count)
    )


@pytest.mark.req("TAX-9", platform="woocommerce")
def test_charges_and_rates_are_optional_and_counted_nowhere(
    client: Client, manager: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    TaxMappingFactory(channel=channel, remote_key="class:standard", label="Standard", rule=inventory.TaxRuleFactory())
    TaxMappingFactory(channel=channel, remote_key="charge:shipping", label="Shipping", kind="charge")
    TaxMappingFactory(channel=channel, remote_key="rate:5", label="VAT 7 %", kind="rate")
    monkeypatch.setattr(registry, "orders_waiting_for_tax", lambda _channel: {})

    page = setup_page(client, channel)

    assert WARNING not in page
    assert "Map 1 tax class" not in page
    assert "Map 2 tax classes" not in page
    assert 'class="count hot"' not in page
    form = SetupForm(channel)
    assert [each.row.label for each in form.tax] == ["Standard"]
    assert [each.row.label for each in form.tax_exceptions] == ["Shipping", "VAT 7 %"]
    assert "Only where another rule applies" in page


@pytest.mark.req("TAX-9", platform="woocommerce")
def test_a_rule_of_its_own_is_kept_and_taken_back(client: Client, manager: User, channel: Channel) -> None:
    row = TaxMappingFactory(channel=channel, remote_key="charge:shipping", label="Shipping", kind="charge")
    rule = inventory.TaxRuleFactory()

    post(client, channel, **{f"tax-{row.pk}": rule.pk})
    assert tax_rules(channel) == {"charge:shipping": rule}

    post(client, channel, **{f"tax-{row.pk}": ""})
    assert tax_rules(channel) == {}


def test_a_store_without_rates_shows_no_second_group(client: Client, manager: User, channel: Channel) -> None:
    TaxMappingFactory(channel=channel, remote_key="1", label="Food")

    assert "Only where another rule applies" not in setup_page(client, channel)


@pytest.mark.req("TAX-9", platform="woocommerce")
def test_thousands_of_rates_are_found_by_name_and_saving_leaves_the_rest(
    client: Client, manager: User, channel: Channel
) -> None:
    add_rates(channel, 1500)
    rule = inventory.TaxRuleFactory()
    TaxMapping.objects.filter(remote_key="rate:1400").update(rule=rule)

    page = setup_page(client, channel)
    assert page.count('name="tax-') == MOST_EXCEPTIONS + 1, "the mapped one is always there"
    assert SetupForm(channel).left_out == 1500 - MOST_EXCEPTIONS - 1
    assert "more are not shown." in page

    found = setup_page(client, channel, rates="rate 1499")
    assert "Rate 1499" in found
    row = TaxMapping.objects.get(remote_key="rate:1499")
    assert post(client, channel, **{f"tax-{row.pk}": rule.pk}).status_code == 302
    assert tax_rules(channel) == {"rate:1400": rule, "rate:1499": rule}


def test_the_number_of_rates_costs_no_statement(client: Client, manager: User, channel: Channel) -> None:
    add_rates(channel, 1)
    setup_page(client, channel)
    with statements() as one:
        setup_page(client, channel)
    other = TaxMapping(channel=channel, kind="rate", remote_key="rate:x", label="Other")
    TaxMapping.objects.bulk_create([other])
    with statements() as two:
        setup_page(client, channel)
    assert len(one) == len(two)
