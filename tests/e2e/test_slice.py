"""The first day of a merchant, without a terminal: connect, download, map, switch stock on, sell, ship."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Shots
from tests.e2e.stack import Stack

SKU = "RS-HW45-TAN"
STORE_FOLLOWS_WITHIN = 30
LONG = 60_000


def within(seconds: float, read: Callable[[], str], wanted: str) -> float:
    """Seconds until `read` answered `wanted`."""
    started = time.monotonic()
    while (found := read()) != wanted:
        assert time.monotonic() - started < seconds, f"still {found!r} instead of {wanted!r} after {seconds} s"
        time.sleep(0.5)
    return time.monotonic() - started


@pytest.mark.req("CON-6")
@pytest.mark.req("CON-9")
@pytest.mark.req("GEN-3")
@pytest.mark.req("APP-1")
@pytest.mark.req("A13")
def test_first_day_of_a_merchant(staff: Page, stack: Stack, shots: Shots, accessible) -> None:
    page = staff
    connect(page, stack, shots, accessible)
    channel = re.match(r".*/channels/\d+/", page.url).group(0)  # type: ignore[union-attr]
    map_and_save(page, channel, shots, accessible)
    download(page, channel, shots, accessible)
    switch_stock_on(page, channel, shots, accessible)
    before = available(page, channel)
    within(STORE_FOLLOWS_WITHIN, lambda: str(in_the_store(page, stack)), str(before))

    number = order_in_the_store(page, stack)
    placed = time.monotonic()
    sale = see_the_sale(page, channel, number, shots, accessible)
    ship_and_invoice(page, sale, shots, accessible)

    page.goto(f"{channel}catalog/?q={SKU}")
    expect(page.get_by_role("row").filter(has_text=SKU)).to_contain_text(str(before - 2))
    within(STORE_FOLLOWS_WITHIN, lambda: str(in_the_store(page, stack)), str(before - 2))
    assert time.monotonic() - placed < LONG / 1000
    for place in ("products/", "stock/", "customers/", "orders/pending/", "sales/", "activity/", ""):
        page.goto(f"{stack.url}/{place}")
        shots(page, place.strip("/").replace("/", "-") or "dashboard-later")
        accessible(page)


def connect(page: Page, stack: Stack, shots: Shots, accessible) -> None:
    page.goto(f"{stack.url}/channels/connect/")
    shots(page, "connect-choose")
    accessible(page)
    page.get_by_role("link", name=re.compile("^Connect a .* store")).first.click()
    expect(page.get_by_label("Store hash or API path")).to_have_value("demo")
    shots(page, "connect")
    accessible(page)
    page.get_by_role("button", name="Connect").click()
    page.wait_for_url(re.compile(r"/channels/\d+/setup/"), timeout=LONG)
    shots(page, "setup-new")
    accessible(page)


def map_and_save(page: Page, channel: str, shots: Shots, accessible) -> None:
    for rule in page.locator("#tax select").all():
        rule.select_option(label="VAT 19 %")
    for account in page.locator("#payments select").all():
        account.select_option(index=1)
    page.get_by_label("Customer", exact=True).fill("Online customers")
    page.get_by_label("Pick, pack and ship mode").select_option(label="No picking")
    shots(page, "setup-unsaved")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("settings are saved").first).to_be_visible()
    page.goto(f"{channel}setup/")
    expect(page.get_by_label("Pick, pack and ship mode")).to_have_value("no_pick")
    accessible(page)


def download(page: Page, channel: str, shots: Shots, accessible) -> None:
    page.goto(f"{channel}catalog/download/")
    shots(page, "catalog-download")
    accessible(page)
    page.get_by_role("button", name="Look at the store’s products").click()
    start = page.get_by_role("button", name="Download products")
    expect(start).to_be_visible(timeout=LONG)
    page.get_by_role("radio").first.check()
    shots(page, "catalog-opening-stock")
    accessible(page)
    start.click()
    page.goto(f"{channel}catalog/?q={SKU}")
    deadline = time.monotonic() + LONG / 1000
    while page.get_by_text(SKU).count() == 0 or page.locator("#download").count():
        assert time.monotonic() < deadline, "the download does not end"
        time.sleep(1)
        page.reload()
    page.goto(f"{channel}catalog/")
    shots(page, "catalog")
    accessible(page)


def switch_stock_on(page: Page, channel: str, shots: Shots, accessible) -> None:
    page.goto(f"{channel}setup/")
    page.get_by_role("link", name="Preview and switch on").click()
    page.get_by_role("button", name="Compare with the store").click()
    confirm = page.get_by_role("button", name=re.compile("switch on|Confirm", re.IGNORECASE)).first
    expect(confirm).to_be_visible(timeout=LONG)
    shots(page, "stock-preview")
    accessible(page)
    confirm.click()
    page.goto(f"{channel}setup/")
    expect(page.get_by_label("Update stock levels in the store")).to_be_checked(timeout=LONG)


def available(page: Page, channel: str) -> int:
    """What we have, as the catalog shows it."""
    page.goto(f"{channel}catalog/?q={SKU}")
    return int(page.get_by_role("row").filter(has_text=SKU).get_by_role("cell").nth(4).inner_text())


def in_the_store(page: Page, stack: Stack) -> int:
    """What the store has now, from its own control page."""
    answer = page.request.get(
        f"{stack.sandbox_url}/stores/demo/v3/catalog/variants?sku={SKU}", headers={"X-Auth-Token": "sandbox-token"}
    )
    return int(answer.json()["data"][0]["inventory_level"])


def order_in_the_store(page: Page, stack: Stack) -> str:
    page.goto(f"{stack.sandbox_url}/stores/demo/order")
    page.get_by_label("SKU, line 1").fill(SKU)
    page.get_by_label("Quantity, line 1").fill("2")
    page.get_by_label("Customer", exact=True).select_option(index=1)
    page.get_by_role("button", name="Place order").last.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("#")
    return heading.inner_text().split("#")[1].strip()


def see_the_sale(page: Page, channel: str, number: str, shots: Shots, accessible) -> str:
    page.goto(f"{channel}log/")
    deadline = time.monotonic() + STORE_FOLLOWS_WITHIN
    while page.get_by_role("link", name=re.compile(r"^SO-")).count() == 0:
        assert time.monotonic() < deadline, "the order does not arrive"
        time.sleep(0.5)
        page.reload()
    expect(page.get_by_text(f"#{number}").first).to_be_visible()
    shots(page, "log")
    accessible(page)
    page.goto(f"{channel}pending/")
    shots(page, "pending")
    accessible(page)
    page.goto(f"{channel}log/")
    page.get_by_role("link", name=re.compile(r"^SO-")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SO-")
    return page.url


def ship_and_invoice(page: Page, sale: str, shots: Shots, accessible) -> None:
    shots(page, "sale-ordered")
    accessible(page)
    for stage in ("pick", "pack", "shipment", "invoice"):
        page.get_by_role("button", name=f"Authorize {stage}").click()
        expect(page.get_by_role("button", name=f"Authorize {stage}")).to_have_count(0)
    expect(page.get_by_text("Completed").first).to_be_visible()
    assert page.url == sale
    shots(page, "sale-completed")
    accessible(page)
