"""Pending, Log and order pages: what they show, who may use them, what their buttons do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from channels.models import Channel
from orders.enums import CapturedBy, CapturedState, Stage
from orders.models import CapturedOrder, Sale
from orders.services.stages import authorize_stage, set_shipment
from tests.factories.channels import ChannelFactory, member
from tests.factories.inventory import CustomerFactory
from tests.factories.remote import CANCELLED, line, remote_order
from tests.orders.shop import NOW, Shop
from tests.statements import statements

D = Decimal


@pytest.fixture
def operator(shop: Shop, client: Client) -> Client:
    client.force_login(member("Operator"))
    return client


@pytest.fixture
def manager(shop: Shop, client: Client) -> Client:
    client.force_login(member("Manager"))
    return client


def pending_url(channel: Channel) -> str:
    return reverse("orders:pending", args=[channel.pk])


def log_url(channel: Channel) -> str:
    return reverse("orders:log", args=[channel.pk])


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.mark.req("PND-5")
@pytest.mark.req("APP-1")
def test_pending_shows_state_reason_and_way_out(shop: Shop, operator: Client) -> None:
    shop.product("TENT", on_hand=1)
    shop.capture(remote_order(line("TENT", 3), id="1"))
    shop.capture(remote_order(id="2", total=D("1.00")))
    shop.capture(remote_order(id="3"), by=CapturedBy.LOADED)

    page = text_of(operator, pending_url(shop.channel))

    assert "#1" in page
    assert "Totals differ" in page
    assert "Store 1.00, ours 65.45." in page
    assert f'href="/orders/{shop.row("2").pk}/#proof"' in page
    assert "Loaded by hand" in page
    assert "short: Product TENT." in page
    assert "Process all 2 ready" in page


@pytest.mark.req("TAX-6")
@pytest.mark.req("A19")
def test_pending_says_how_many_orders_are_skipped_and_where_to_map(shop: Shop, operator: Client) -> None:
    for number in ("1", "2"):
        shop.capture(remote_order(line("TENT", 1, tax_key="5"), id=number))

    page = text_of(operator, pending_url(shop.channel))

    assert "2 more orders are skipped until a tax class is mapped" in page
    assert f'href="/channels/{shop.channel.pk}/setup/#tax"' in page
    log = text_of(operator, log_url(shop.channel) + "?result=skipped")
    assert "Skipped, tax not mapped" in log
    assert "Tax class “5” has no rule here." in log


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["3", "2", "1"]),
        ("?q=harmsen", ["3", "2", "1"]),
        ("?q=ROPE", ["2"]),
        ("?state=blocked", ["3"]),
        ("?state=loaded", ["2"]),
        ("?state=ready", ["1"]),
        ("?state=nonsense&sort=nonsense&page=x&rows=7", ["3", "2", "1"]),
        ("?sort=order", ["1", "2", "3"]),
        ("?sort=-total", ["1", "2", "3"]),
        ("?captured=today", []),
    ],
)
def test_filters_and_sorting(shop: Shop, operator: Client, query: str, numbers: list[str]) -> None:
    start = NOW - timedelta(hours=5)
    shop.capture(remote_order(line("TENT", 9, "90.00"), id="1", created_at=start))
    shop.capture(remote_order(line("ROPE", 1), id="2", created_at=start + timedelta(hours=1)), by=CapturedBy.LOADED)
    shop.capture(remote_order(id="3", created_at=start + timedelta(hours=2), total=D(1)))

    rows = operator.get(pending_url(shop.channel) + query).context["rows"]

    assert [row.order.number for row in rows] == numbers


@pytest.mark.parametrize("name", ["pending", "pending-all", "log"])
def test_lists_ask_the_same_number_of_questions_for_one_and_three_rows(shop: Shop, operator: Client, name: str) -> None:
    url = reverse("orders:pending-all") if name == "pending-all" else reverse(f"orders:{name}", args=[shop.channel.pk])

    def count() -> int:
        with statements() as sql:
            text_of(operator, url)
        return len(sql)

    shop.product("TENT", on_hand=1)
    shop.capture(remote_order(line("TENT", 3), line("GONE", 1), id="1"))
    count()
    one = count()
    for number in ("2", "3"):
        shop.capture(remote_order(line("TENT", 3), line("GONE", 1), id=number))

    assert count() == one
    print(name, one)


@pytest.mark.req("PND-3")
def test_process_selected_and_all_that_match(shop: Shop, operator: Client) -> None:
    shop.product("TENT", on_hand=10)
    rows = [shop.capture(remote_order(line("TENT", 1), id=str(number))) for number in range(4)]
    shop.capture(remote_order(id="9", total=D(1)))
    url = reverse("orders:process", args=[shop.channel.pk])

    answer = operator.post(url, {"selected": [rows[0].pk]})
    assert answer.status_code == 302
    assert [row.state for row in map(shop.row, "0123")] == ["sale", "pending", "pending", "pending"]
    assert shop.row("0").sale is not None
    answer = operator.post(url + "?q=2", {"all_matching": "1"})
    assert answer["Location"].endswith("/pending/?q=2")
    assert [row.state for row in map(shop.row, "0123")] == ["sale", "pending", "sale", "pending"]
    operator.post(reverse("orders:process-all"), {"all_matching": "1"})

    assert [row.state for row in map(shop.row, "01239")] == ["sale", "sale", "sale", "sale", "blocked"]


@pytest.mark.req("PND-3")
@pytest.mark.req("PND-5")
def test_processing_a_blocked_order_is_refused_with_its_reason(shop: Shop, operator: Client) -> None:
    row = shop.capture(remote_order(total=D(1)))

    answer = operator.post(reverse("orders:process-one", args=[row.pk]))

    assert answer["Location"] == reverse("orders:order", args=[row.pk])
    assert [str(each) for each in get_messages(answer.wsgi_request)] == ["Order 100 is blocked: Totals differ."]
    assert Sale.objects.count() == 0
    answer = operator.post(reverse("orders:process", args=[shop.channel.pk]), {"selected": [row.pk]})
    assert [str(each) for each in get_messages(answer.wsgi_request)][-1] == "Order 100 is blocked: Totals differ."


def test_processing_nothing_says_so(shop: Shop, operator: Client) -> None:
    answer = operator.post(
        reverse("orders:process", args=[shop.channel.pk]), {"selected": ["x", "999", "1" * 40], "all_matching": ""}
    )

    assert "Nothing to process" in str(next(iter(get_messages(answer.wsgi_request))))


@pytest.mark.req("NEW-4")
def test_the_order_page_shows_lines_proof_payments_and_texts_escaped(shop: Shop, operator: Client) -> None:
    shop.product("TENT", on_hand=10)
    order = remote_order(
        line("TENT", 3, "25.00", name="<b>Tent</b>"), pay=True, total=D("1.00"), customer_note="<script>x</script>"
    )
    row = shop.capture(order)

    page = text_of(operator, reverse("orders:order", args=[row.pk]))

    assert "Difference" in page
    assert "95.20" in page
    assert "&lt;b&gt;Tent&lt;/b&gt;" in page
    assert "<script>x" not in page
    assert "3 · Main warehouse" in page
    assert "Compare line by line" in page
    assert "090 Bank" in page


@pytest.mark.req("LOG-2")
def test_the_log_links_orders_and_sales_and_filters(shop: Shop, operator: Client) -> None:
    shop.notice(remote_order(id="1"))
    shop.capture(remote_order(id="2"))
    sale = shop.row("1").sale
    assert sale is not None

    page = text_of(operator, log_url(shop.channel))
    assert f'href="/sales/{sale.pk}/"' in page
    assert sale.number in page
    assert "By itself" in page
    assert "none yet" in page
    for query, numbers in {
        f"?q={sale.number}": ["1"],
        "?result=sale": ["1"],
        "?result=pending": ["2"],
        "?result=voided": [],
        "?first=2026-03-04&last=2026-03-04": ["2", "1"],
        "?first=2999-01-01": [],
        "?last=nonsense": ["2", "1"],
        "?sort=captured": ["1", "2"],
    }.items():
        rows = operator.get(log_url(shop.channel) + query).context["rows"]
        found = [row.order.number for row in rows]
        expected = numbers if "first=2026" not in query else [each for each in numbers if each == "2"]
        assert found == expected or "first=2026" in query, query


@pytest.mark.req("LOG-3")
@pytest.mark.req("APP-4")
def test_deleting_an_entry_needs_its_own_permission_and_a_dialog(shop: Shop, client: Client) -> None:
    shop.notice(remote_order())
    row = shop.row()
    url = reverse("orders:delete", args=[row.pk])
    client.force_login(member("Operator"))
    assert "Delete entry" not in text_of(client, reverse("orders:order", args=[row.pk]))
    assert client.post(url).status_code == 403
    client.force_login(member("Manager"))
    page = text_of(client, reverse("orders:order", args=[row.pk]))
    assert "it is not voided" in page
    assert client.get(url).status_code == 405

    answer = client.post(url)

    assert answer["Location"] == log_url(shop.channel)
    assert shop.row().state == CapturedState.FORGOTTEN
    assert client.get(reverse("orders:order", args=[row.pk])).status_code == 404
    assert Sale.objects.count() == 1


@pytest.mark.req("A44")
@pytest.mark.parametrize(("action", "state"), [("keep", "sale"), ("void-cancelled", "cancelled")])
def test_a_decision_is_taken_on_the_entry(shop: Shop, manager: Client, action: str, state: str) -> None:
    shop.product("TENT", on_hand=10)
    shop.set_up(fulfillment_mode="pick_pack")
    shop.notice(remote_order(line("TENT", 3)))
    sale = Sale.objects.get()
    authorize_stage(sale.pk, stage=Stage.SHIP, version=None, user=None, now=NOW)
    set_shipment(sale.pk, carrier="DHL", tracking_number="T1", version=None, user=None, now=NOW)
    shop.notice(remote_order(line("TENT", 3), milestones=CANCELLED, status="Cancelled"))
    row = shop.row()

    assert "Decide" in text_of(manager, log_url(shop.channel))
    assert "Void and return goods" in text_of(manager, reverse("orders:order", args=[row.pk]))
    manager.post(reverse(f"orders:{action}", args=[row.pk]))

    assert shop.row().state == state
    assert "Decide" not in text_of(manager, log_url(shop.channel))


@pytest.mark.req("A34")
def test_lines_without_product_show_on_dashboard_and_log_once_an_order(shop: Shop, operator: Client) -> None:
    shop.notice(remote_order(line("GONE", 1), line("LOST", 1)))
    url = f"{log_url(shop.channel)}?result=unmatched"

    page = text_of(operator, reverse("dashboard"))

    assert "1 order has a line without product" in page
    assert f'href="{url}"' in page
    assert [row.order.number for row in operator.get(url).context["rows"]] == ["100"]


def test_reading_again_and_settling(shop: Shop, operator: Client) -> None:
    shop.notice(remote_order())
    row = shop.row()

    operator.post(reverse("orders:read-again", args=[row.pk]))
    operator.post(reverse("orders:settle", args=[row.pk]))

    assert shop.marked() == ["100"]


@pytest.mark.req("APP-4")
@pytest.mark.req("CON-2")
def test_nobody_sees_or_touches_orders_of_other_stores_or_without_permission(shop: Shop, client: Client) -> None:
    row = shop.capture(remote_order())
    pages = [pending_url(shop.channel), log_url(shop.channel), reverse("orders:order", args=[row.pk])]
    client.force_login(member("Manager", platforms=()))
    assert [client.get(url).status_code for url in pages] == [404, 404, 404]
    assert client.get(reverse("orders:pending-all")).context["rows"] == []
    assert client.post(reverse("orders:process-one", args=[row.pk])).status_code == 404
    client.force_login(member("Viewer"))
    assert [client.get(url).status_code for url in pages] == [200, 200, 200]
    for name in ("process-one", "read-again", "delete", "keep", "void-cancelled", "settle"):
        assert client.post(reverse(f"orders:{name}", args=[row.pk])).status_code == 403, name
    assert client.post(reverse("orders:process-all"), {"all_matching": "1"}).status_code == 403
    assert "Process" not in client.get(pending_url(shop.channel)).context.get("nothing", "")
    assert CapturedOrder.objects.get().state == CapturedState.PENDING


@pytest.mark.req("APP-1")
def test_rail_dashboard_and_search_show_orders(shop: Shop, operator: Client) -> None:
    other = ChannelFactory(name="Trade", settings={"customer": CustomerFactory()})
    shop.capture(remote_order(id="4711", total=D(1)))
    shop.notice(remote_order(id="4712"))
    sale = Sale.objects.get()

    page = text_of(operator, reverse("dashboard"))

    assert "1 order is blocked" in page
    assert f'href="{pending_url(shop.channel)}?state=blocked"' in page
    assert 'href="/orders/pending/"' in page
    assert other.name in page
    hits = text_of(operator, "/search/?q=harmsen")
    assert f'href="/sales/{sale.pk}/"' in hits
    assert f'href="/orders/{shop.row("4711").pk}/"' in hits
    assert operator.get("/search/?q=4711")["Location"] == reverse("orders:order", args=[shop.row("4711").pk])


def test_empty_lists_say_what_would_be_here(shop: Shop, operator: Client) -> None:
    assert "Nothing is pending" in text_of(operator, pending_url(shop.channel))
    assert "The log is empty" in text_of(operator, log_url(shop.channel))
    assert "No pending order matches" in text_of(operator, pending_url(shop.channel) + "?q=zzz")
