"""Log entries: deleting them, and what leaving a store takes along (SPEC LOG, CON-19)."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.models import StoreHold
from channels.registry import registry
from inventory.documents import resolve
from inventory.models import AuditEntry
from orders.enums import CapturedBy, CapturedState
from orders.errors import EntryRefused
from orders.models import CapturedOrder, Sale, SaleSource
from orders.services.entries import delete_log_entry
from orders.services.leaving import forget_sources, preview_leaving, purge_orders
from tests.factories.channels import member
from tests.factories.remote import CREATED, line, remote_order
from tests.orders.shop import NOW, Shop

D = Decimal


@pytest.mark.req("LOG-1")
@pytest.mark.req("LOG-2")
def test_the_entry_links_the_stores_order_to_its_sale(shop: Shop) -> None:
    shop.notice(remote_order())

    row = shop.row()
    assert (row.state, row.sale) == (CapturedState.SALE, Sale.objects.get())
    link = resolve([row.document_key])[row.document_key]
    assert (link.label, link.url) == ("#100", f"/orders/{row.pk}/")


@pytest.mark.req("LOG-3")
@pytest.mark.req("LOG-5")
def test_deleting_the_entry_keeps_the_sale_and_nothing_brings_it_back_but_loading(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3))
    shop.notice(order)
    user = member()

    delete_log_entry(shop.row(), user=user, now=NOW)
    shop.notice(order)
    shop.notice(order, version="v7")

    assert shop.row().state == CapturedState.FORGOTTEN
    sale = Sale.objects.get()
    assert sale.order_state != "voided"
    assert shop.level(tent) == (D(10), D(3))
    assert AuditEntry.objects.filter(action="log_entry.deleted", user=user).count() == 1

    shop.capture(order, by=CapturedBy.LOADED)

    assert (shop.row().state, shop.row().sale, Sale.objects.count()) == ("sale", sale, 1)


@pytest.mark.req("LOG-3")
def test_a_deleted_entry_whose_sale_is_void_can_be_loaded_anew(shop: Shop) -> None:
    from orders.services.stages import void_sale

    tent = shop.product("TENT", on_hand=10)
    order = remote_order(line("TENT", 3))
    shop.notice(order)
    old = Sale.objects.get()
    void_sale(old.pk, return_goods=False, version=None, user=None, now=NOW)
    delete_log_entry(shop.row(), user=member(), now=NOW)

    shop.notice(order)
    assert shop.row().state == CapturedState.FORGOTTEN
    shop.capture(order, by=CapturedBy.LOADED)

    row = shop.row()
    assert (row.state, row.sale, row.captured_by) == ("pending", None, "loaded")
    assert shop.level(tent) == (D(10), D(3))
    call_command("audit_stock")


@pytest.mark.req("LOG-3")
def test_a_pending_order_cannot_be_deleted_from_the_log(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    row = shop.capture(remote_order(line("TENT", 3)))

    with pytest.raises(EntryRefused):
        delete_log_entry(row, user=member(), now=NOW)

    assert shop.row().state == CapturedState.PENDING
    assert shop.held() == [("TENT", "Main warehouse", D(3))]


@pytest.mark.req("LOG-3")
def test_deleting_a_skipped_entry_lets_its_units_go(shop: Shop) -> None:
    shop.product("TENT", on_hand=10)
    shop.notice(remote_order(line("TENT", 3, tax_key="5")))

    delete_log_entry(shop.row(), user=member(), now=NOW)

    assert (shop.row().state, StoreHold.objects.count()) == ("forgotten", 0)


@pytest.mark.req("CON-19")
@pytest.mark.req("A3")
def test_disconnecting_releases_pending_orders_and_keeps_sales(shop: Shop) -> None:
    tent = shop.product("TENT", on_hand=10)
    shop.notice(remote_order(line("TENT", 2), id="1"))
    shop.capture(remote_order(line("TENT", 3), id="2"))
    shop.capture(remote_order(line("TENT", 1), id="3", milestones=CREATED))
    part = next(part for part in registry.disconnect_parts if part.purge is purge_orders)

    assert [(count, kept) for _label, count, kept in preview_leaving(shop.channel)] == [
        (1, False), (2, False), (1, True), (1, True),
    ]  # fmt: skip
    part.purge(shop.channel)
    part.purge(shop.channel)

    assert CapturedOrder.objects.count() == 0
    assert (Sale.objects.count(), SaleSource.objects.filter(active=True).count()) == (1, 1)
    assert shop.level(tent) == (D(10), D(2))
    call_command("audit_stock")
    forget_sources(shop.channel)
    assert SaleSource.objects.count() == 0
