"""`make demo` with a store of each platform that sell from one stock, and a third one that is connected by hand."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import stack as stacks
from tests.e2e.conftest import Shots
from tests.e2e.stack import Stack
from tests.e2e.test_slice import available

SKU = "RS-HW45-TAN"
OTHERS_FOLLOW_WITHIN = 30
LONG = 60_000
FIRST, SECOND = "stores/demo", "woo/kontor"
THIRD = "woo/werft"


@pytest.fixture(scope="module")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What `make demo` starts: one store of each platform gets connected by itself."""
    running = stacks.new(tmp_path_factory.mktemp("two-stores"))
    try:
        running.start("--demo-stores")
        yield running
    finally:
        running.stop()


def wait(read: Callable[[], object], wanted: object, seconds: float) -> None:
    started = time.monotonic()
    while (found := read()) != wanted:
        assert time.monotonic() - started < seconds, f"still {found!r} instead of {wanted!r} after {seconds} s"
        time.sleep(0.5)


def level(page: Page, stack: Stack, store: str) -> int:
    """What a store says it has, from the page of its staff."""
    answer = page.request.get(f"{stack.sandbox_url}/{store}/staff?q={SKU}")
    assert answer.ok, answer.text()
    found = re.search(rf"Stock of {SKU}.*?value=\"(-?\d+)\"", answer.text(), re.DOTALL)
    assert found is not None, answer.text()
    return int(found[1])


def order(page: Page, stack: Stack, store: str, quantity: int) -> str:
    """Buy in the store's own shop window; the order's number."""
    page.goto(f"{stack.sandbox_url}/{store}/order")
    page.get_by_label("SKU, line 1").fill(SKU)
    page.get_by_label("Quantity, line 1").fill(str(quantity))
    page.get_by_label("Customer", exact=True).select_option(index=1)
    page.get_by_label("Payment method").select_option(label="Credit card")
    page.get_by_role("button", name="Place order").last.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("#")
    return heading.inner_text().split("#")[1].split()[0].strip()


def wait_until_connected(page: Page, stack: Stack) -> None:
    """The demo's stores are mapped, downloaded and kept in step when both show the same number."""
    deadline = time.monotonic() + LONG / 1000
    while True:
        page.goto(f"{stack.url}/channels/")
        names = page.get_by_role("link", name=re.compile("^Nordhafen (Outdoor|Kontor)$"))
        if names.count() >= 2 and level(page, stack, FIRST) == level(page, stack, SECOND):
            return
        assert time.monotonic() < deadline, f"the demo's stores are not kept in step:\n{stack.log}"
        time.sleep(1)


@pytest.mark.req("NEW-11")
@pytest.mark.req("CAP-10")
@pytest.mark.req("A31")
@pytest.mark.req("CON-4")
def test_an_order_in_one_store_lowers_the_level_in_the_other(
    staff: Page, stack: Stack, shots: Shots, accessible: Callable[[Page], None]
) -> None:
    wait_until_connected(staff, stack)
    for store, other, quantity in ((FIRST, SECOND, 2), (SECOND, FIRST, 1)):
        before = level(staff, stack, other)
        order(staff, stack, store, quantity)
        placed = time.monotonic()
        wait(lambda other=other: level(staff, stack, other), before - quantity, OTHERS_FOLLOW_WITHIN)  # type: ignore[misc]
        assert time.monotonic() - placed < OTHERS_FOLLOW_WITHIN
        wait(lambda store=store: level(staff, stack, store), before - quantity, OTHERS_FOLLOW_WITHIN)  # type: ignore[misc]
    for place in ("", "channels/", "sales/"):
        staff.goto(f"{stack.url}/{place}")
        shots(staff, f"two-stores-{place.strip('/') or 'dashboard'}")
        accessible(staff)


@pytest.mark.req("CON-12")
@pytest.mark.req("CON-13")
@pytest.mark.req("CON-18")
@pytest.mark.req("GEN-3")
def test_a_store_is_connected_by_signing_in_there_and_then_by_keys(
    staff: Page, stack: Stack, shots: Shots, accessible: Callable[[Page], None]
) -> None:
    page = staff
    wait_until_connected(page, stack)
    sign_in_at_the_store(page, stack, shots, accessible)
    channel = re.match(r".*/channels/\d+/", page.url).group(0)  # type: ignore[union-attr]
    map_and_save(page, channel, shots, accessible)
    download(page, channel, shots, accessible)
    switch_stock_on(page, channel)
    before = available(page, channel)
    wait(lambda: level(page, stack, THIRD), before, OTHERS_FOLLOW_WITHIN)
    number = order(page, stack, THIRD, 2)
    see_the_sale(page, channel, number, shots, accessible)
    wait(lambda: level(page, stack, THIRD), before - 2, OTHERS_FOLLOW_WITHIN)
    wait(lambda: level(page, stack, FIRST), before - 2, OTHERS_FOLLOW_WITHIN)
    change_to_keys(page, stack, channel, shots, accessible)


def sign_in_at_the_store(page: Page, stack: Stack, shots: Shots, accessible: Callable[[Page], None]) -> None:
    page.goto(f"{stack.url}/channels/connect/woocommerce/")
    expect(page.get_by_label("Website address")).to_have_value(re.compile(f"{THIRD}/?$"))
    shots(page, "connect-sign-in")
    accessible(page)
    page.get_by_role("button", name="Continue").click()
    go = page.get_by_role("link", name="Go to the store")
    expect(go).to_be_visible(timeout=LONG)
    shots(page, "connect-approve")
    accessible(page)
    go.click()
    staff_of_the_store = page.locator("code")
    page.get_by_label("Username or email address").fill(staff_of_the_store.first.inner_text())
    page.get_by_label("Password").fill(staff_of_the_store.nth(1).inner_text())
    page.get_by_role("button", name="Login").click()
    page.get_by_role("link", name="Approve").click()
    page.wait_for_url(re.compile(r"/channels/\d+/setup/"), timeout=LONG)
    expect(page.get_by_text("is connected.").first).to_be_visible()
    shots(page, "setup-signed-in")
    accessible(page)


def map_and_save(page: Page, channel: str, shots: Shots, accessible: Callable[[Page], None]) -> None:
    """Tax classes are enough: charges and rates stay as their class."""
    page.goto(f"{channel}setup/")
    for number in range(page.locator("#tax table").first.locator("select").count()):
        page.locator("#tax table").first.locator("select").nth(number).select_option(label="VAT 19 %")
    for account in page.locator("#payments select").all():
        account.select_option(index=1)
    page.get_by_label("Customer", exact=True).fill("Online customers")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("settings are saved").first).to_be_visible()
    shots(page, "setup-charges-and-rates")
    accessible(page)


def download(page: Page, channel: str, shots: Shots, accessible: Callable[[Page], None]) -> None:
    page.goto(f"{channel}catalog/download/")
    page.get_by_role("button", name="Look at the store’s products").click()
    start = page.get_by_role("button", name="Download products")
    expect(start).to_be_visible(timeout=LONG)
    page.get_by_role("radio").first.check()
    start.click()
    page.goto(f"{channel}catalog/?q={SKU}")
    deadline = time.monotonic() + LONG / 1000
    while page.get_by_text(SKU).count() == 0 or page.locator("#download").count():
        assert time.monotonic() < deadline, "the download does not end"
        time.sleep(1)
        page.reload()
    page.goto(f"{channel}catalog/")
    shots(page, "catalog-woocommerce")
    accessible(page)


def switch_stock_on(page: Page, channel: str) -> None:
    page.goto(f"{channel}setup/")
    page.get_by_role("link", name="Preview and switch on").click()
    page.get_by_role("button", name="Compare with the store").click()
    confirm = page.get_by_role("button", name=re.compile("switch on|Confirm", re.IGNORECASE)).first
    expect(confirm).to_be_visible(timeout=LONG)
    confirm.click()
    page.goto(f"{channel}setup/")
    expect(page.get_by_label("Update stock levels in the store")).to_be_checked(timeout=LONG)


def see_the_sale(page: Page, channel: str, number: str, shots: Shots, accessible: Callable[[Page], None]) -> None:
    page.goto(f"{channel}log/")
    deadline = time.monotonic() + OTHERS_FOLLOW_WITHIN
    while page.get_by_role("link", name=re.compile(r"^SO-")).count() == 0:
        assert time.monotonic() < deadline, "the order does not arrive"
        time.sleep(0.5)
        page.reload()
    expect(page.get_by_text(f"#{number}").first).to_be_visible()
    shots(page, "log-woocommerce")
    page.get_by_role("link", name=re.compile(r"^SO-")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SO-")
    shots(page, "sale-woocommerce")
    accessible(page)


def change_to_keys(page: Page, stack: Stack, channel: str, shots: Shots, accessible: Callable[[Page], None]) -> None:
    """Keys made by hand in the store (CON-13) replace those that it delivered."""
    page.goto(f"{stack.sandbox_url}/{THIRD}/keys")
    page.get_by_label("Description").fill("By hand")
    page.get_by_label("Permissions").select_option(label="Read/Write")
    page.get_by_role("button", name="Generate API key").click()
    key, secret = (re.search(rf"{start}_\w{{40}}", page.inner_text("main")) for start in ("ck", "cs"))
    assert key is not None
    assert secret is not None
    page.goto(f"{channel}setup/credentials/")
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Consumer key").fill(key[0])
    page.get_by_label("Consumer secret").fill(secret[0])
    page.get_by_label("Website address").fill(f"{stack.sandbox_url}/{THIRD}/")
    shots(page, "credentials-keys")
    accessible(page)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("has the new credentials").first).to_be_visible(timeout=LONG)
