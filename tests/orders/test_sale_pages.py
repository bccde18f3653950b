"""The sale pages: who may open and press what, what they show, and how much they ask the database."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from channels.models import Channel, ChannelAccess
from inventory.models import User
from orders.enums import SaleStatus
from orders.models import Sale
from tests.factories.inventory import UserFactory
from tests.orders.selling import World, new_world
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return new_world()


def member(world: World, role: str) -> Client:
    user = UserFactory(role=role, username=role.lower())
    user.user_permissions.add(Permission.objects.get(codename=f"use_{world.channel.platform}"))
    client = Client()
    client.force_login(user)
    return client


def sold(world: World, count: int = 1) -> list[Sale]:
    product = world.product("TENT", on_hand=100)
    return [world.sell(world.order((product, 4, "25.00"), paid="124.95")) for _ in range(count)]


@pytest.mark.req("LOG-2")
def test_page_shows_stages_money_and_reference(world):
    (sale,) = sold(world)
    page = member(world, "Operator").get(reverse("orders:sale", args=[sale.pk])).content.decode()
    for text in (
        sale.number,
        f"#{sale.customer_reference}",
        "Authorize order",
        "TENT",
        "Totals proof",
        "Equal",
        "Berg AG",
        "124.95",
    ):
        assert text in page


@pytest.mark.req("APP-4")
@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("Viewer", "authorize", 403),
        ("Viewer", "void", 403),
        ("Operator", "authorize", 302),
        ("Operator", "void", 403),
        ("Operator", "undo", 403),
        ("Manager", "void", 302),
    ],
)
def test_roles_decide_who_may_press(world, role, path, status):
    (sale,) = sold(world)
    stage = [sale.pk, "order"] if path in ("authorize", "undo") else [sale.pk]
    answer = member(world, role).post(reverse(f"orders:{path}", args=stage), {"version": Sale.objects.get().version})
    assert answer.status_code == status
    moved = {"authorize": SaleStatus.ORDERED, "void": SaleStatus.VOIDED}
    assert Sale.objects.get().status == (moved[path] if status == 302 else SaleStatus.ORDERING)


@pytest.mark.req("APP-13")
def test_old_page_is_told_and_nothing_happens(world):
    (sale,) = sold(world)
    client = member(world, "Operator")
    client.post(reverse("orders:authorize", args=[sale.pk, "order"]), {"version": 0})
    answer = client.post(reverse("orders:authorize", args=[sale.pk, "pick"]), {"version": 0}, follow=True)
    assert "changed by somebody else" in answer.content.decode()
    assert Sale.objects.get().status == SaleStatus.ORDERED


@pytest.mark.req("APP-4")
def test_sale_of_a_channel_one_may_not_see_is_hidden(world):
    (sale,) = sold(world)
    client = member(world, "Operator")
    other = Channel.objects.get()
    other.pk, other.store_identity, other.notice_token = None, "other", "another"
    other.save()
    ChannelAccess.objects.create(user=User.objects.get(username="operator"), channel=other)

    assert client.get(reverse("orders:sale", args=[sale.pk])).status_code == 403
    assert sale.number not in client.get(reverse("orders:sales")).content.decode()


def test_payment_by_hand_through_the_page(world):
    product = world.product("TENT", on_hand=100)
    sale = world.sell(world.order((product, 4, "25.00")))
    client = member(world, "Operator")
    data = {"version": 1, "account": world.bank.pk, "amount": "24.95", "paid_on": "2026-03-11", "reference": "cash"}
    sale.refresh_from_db()
    client.post(reverse("orders:add-payment", args=[sale.pk]), data | {"version": sale.version})
    payment = sale.payments.get()
    assert (payment.amount, payment.reference, payment.state) == (Decimal("24.95"), "cash", "prepayment")
    refused = client.post(reverse("orders:add-payment", args=[sale.pk]), data | {"version": 9}, follow=True)
    assert "changed by somebody else" in refused.content.decode()
    assert sale.payments.count() == 1


@pytest.mark.req("APP-10")
@pytest.mark.parametrize("query", ["SO-", "berg", "ADA"])
def test_list_finds_by_number_and_customer(world, query):
    (sale,) = sold(world)
    client = member(world, "Viewer")
    assert sale.number in client.get(reverse("orders:sales"), {"q": query}).content.decode()
    assert sale.number not in client.get(reverse("orders:sales"), {"q": "nobody at all"}).content.decode()


@pytest.mark.parametrize(("since", "shown"), [("2026-03-11", True), ("2026-03-12", False), ("nonsense", True)])
def test_list_since_a_day(world, since, shown):
    (sale,) = sold(world)
    page = member(world, "Viewer").get(reverse("orders:sales"), {"since": since}).content.decode()
    assert (sale.number in page) is shown


def test_list_asks_the_same_for_one_row_and_for_three(world):
    client = member(world, "Operator")
    sold(world)
    client.get(reverse("orders:sales"))
    with statements() as one:
        client.get(reverse("orders:sales"))
    product = world.products[0] if world.products else world.product("ROPE", on_hand=50)
    for _ in range(2):
        world.sell(world.order((product, 1, "5.00")))
    with statements() as three:
        client.get(reverse("orders:sales"))
    assert len(one) == len(three)
    assert len(three) <= 18
