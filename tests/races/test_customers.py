"""Merging customers and downloading them in the same moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.models import CustomerLink
from catalog.services.customers import link_customer
from channels.remote import RemoteCustomer
from inventory.models import Customer
from inventory.services.customer_merge import MergeRefused, merge_customers
from tests.factories.channels import ChannelFactory
from tests.factories.inventory import CustomerFactory

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
Race = Callable[[list[Callable[[], Any]]], list[Any]]


@pytest.mark.req("INV-11")
def test_two_merges_crosswise_leave_one_customer(race: Race) -> None:
    first, second = CustomerFactory(name="Ann Lee"), CustomerFactory(name="Ann L.")

    outcomes = race(
        [
            lambda: merge_customers(first, [second], user=None, now=NOW),
            lambda: merge_customers(second, [first], user=None, now=NOW),
        ]
    )

    assert sum(isinstance(outcome, Customer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MergeRefused) for outcome in outcomes) == 1, outcomes
    assert Customer.objects.filter(merged_into=None).count() == 1


@pytest.mark.req("A56")
def test_a_merge_beside_an_order_leads_to_the_kept_one(race: Race) -> None:
    channel = ChannelFactory()
    kept, gone = CustomerFactory(name="Ann Lee"), CustomerFactory(name="Ann L.", email="ann@shop.example")
    CustomerLink.objects.create(channel=channel, remote_id="7", customer=gone)
    remote = RemoteCustomer(id="7", first_name="Ann", email="ann@shop.example")

    outcomes = race(
        [
            lambda: merge_customers(kept, [gone], user=None, now=NOW),
            *[lambda: link_customer(channel, remote, now=NOW) for _ in range(3)],
        ]
    )

    assert all(isinstance(outcome, Customer) for outcome in outcomes), outcomes
    assert link_customer(channel, remote, now=NOW) == kept
    assert Customer.objects.count() == 2
