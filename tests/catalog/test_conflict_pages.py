"""The pages of conflicts: both sides, deciding, who may (A25, APP-4)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import CatalogConflict
from catalog.queries import conflicts as queries
from catalog.queries.activities import RESOLVE
from channels.models import Channel
from inventory.models import Run
from tests.catalog.conftest import fetch, work_off
from tests.catalog.test_conflicts import channel, clash, three
from tests.catalog.test_pages import at, client_of
from tests.factories.catalog import FakeShop, family, variant
from tests.factories.channels import ChannelFactory
from tests.factories.inventory import FamilyFactory, ProductFactory, UserFactory

__all__ = ["channel", "clash"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("A25")]


@pytest.fixture
def operator() -> Client:
    return client_of("Operator")


def test_both_sides_are_shown_with_proposals(channel: Channel, shop: FakeShop, operator: Client) -> None:
    home = FamilyFactory(name="Shirt")
    blue = ProductFactory(sku="OUR-BLUE", family=home, option1="Blue")
    holder = ProductFactory(sku="S-RED", name="Red thing")
    shop.remotes = [family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue"))]
    fetch(channel, shop)
    row = CatalogConflict.objects.get()

    sides = queries.sides_of(channel, row)

    assert [(side.name, side.sku, side.holder, side.proposal, side.new_sku) for side in sides] == [
        ("Red", "S-RED", holder, None, "S-RED-2"),
        ("Blue", "S-BLUE", None, blue, "S-BLUE"),
    ]
    page = operator.get(at("conflict", channel, row.pk)).content.decode()
    assert f"OUR-BLUE {blue.name} (#{blue.pk})" in page
    assert 'value="S-RED-2"' in page


def test_deciding_by_the_page(channel: Channel, shop: FakeShop, operator: Client, clash: CatalogConflict) -> None:
    mat = ProductFactory(sku="MAT", name="Sleeping mat")
    address = at("conflict", channel, clash.pk)

    wrong = operator.post(address, {"decision": "link", "product-v9": "nothing like it", "sku-v9": "TENT-2"})
    assert wrong.status_code == 422
    assert "There is no active product like this." in wrong.content.decode()
    assert "nothing like it" in wrong.content.decode()
    taken = operator.post(address, {"decision": "create", "product-v9": "", "sku-v9": "TENT"})
    assert (taken.status_code, CatalogConflict.objects.get().decision) == (422, "")

    right = operator.post(address, {"decision": "link", "product-v9": "sleeping  MAT", "sku-v9": "TENT-2"})

    assert right.status_code == 302
    clash.refresh_from_db()
    assert (clash.decision, clash.choices) == ("link", {"v9": {"product": mat.pk}})
    assert clash.decided_by is not None
    work_off(channel, shop, Run.objects.get(kind=RESOLVE))
    assert operator.post(address, {"decision": "ignore"}).status_code == 302
    assert operator.get(address).status_code == 404


@pytest.mark.parametrize("typed", ["MAT", "mat", "Sleeping mat", "anything (#{pk})"])
def test_a_product_is_typed_in_several_ways(typed: str) -> None:
    mat = ProductFactory(sku="MAT", name="Sleeping mat")

    assert queries.find_typed({"a": typed.format(pk=mat.pk), "b": "none"}) == {"a": mat, "b": None}
    assert queries.suggested_products("sleep") == [f"MAT Sleeping mat (#{mat.pk})"]


@pytest.mark.req("APP-4")
def test_who_may_decide(channel: Channel, clash: CatalogConflict) -> None:
    viewer, stranger = client_of("Viewer"), Client()
    stranger.force_login(UserFactory(role="Manager"))
    assert viewer.get(at("conflicts", channel)).status_code == 200
    for name, more in (("conflict", [clash.pk]), ("take_back_conflict", [clash.pk]), ("decide_conflicts", [])):
        assert viewer.post(at(name, channel, *more), {"decision": "ignore"}).status_code == 403
        assert stranger.post(at(name, channel, *more), {"decision": "ignore"}).status_code == 404
    assert CatalogConflict.objects.get().decision == ""
    other = ChannelFactory()
    assert client_of("Operator").post(at("conflict", other, clash.pk), {"decision": "ignore"}).status_code == 302
    assert CatalogConflict.objects.get().decision == ""


def test_the_list_takes_the_same_statements_for_one_and_three(
    channel: Channel, shop: FakeShop, operator: Client
) -> None:
    def statements() -> int:
        operator.get(at("conflicts", channel))
        with CaptureQueriesContext(connection) as found:
            assert operator.get(at("conflicts", channel)).status_code == 200
        return len(found)

    three(channel, shop)
    many = statements()
    CatalogConflict.objects.exclude(pk=CatalogConflict.objects.order_by("pk")[0].pk).delete()

    assert statements() == many


def test_bulk_by_the_page(channel: Channel, shop: FakeShop, operator: Client) -> None:
    three(channel, shop)
    assert operator.post(at("decide_conflicts", channel), {"decision": "link"}).status_code == 404

    operator.post(at("decide_conflicts", channel), {"decision": "ignore", "kind": ""})

    page = operator.get(at("conflicts", channel) + "?show=ignored").content.decode()
    assert page.count("Take back") == 4
    row = CatalogConflict.objects.first()
    operator.post(at("take_back_conflict", channel, row.pk))
    assert queries.conflict_counts(channel).ignored == 3
