"""A catalog manager's day with the demo's stores: download, conflicts, dialog, bulk listing, differences, a file."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import stack as stacks
from tests.e2e.conftest import Shots
from tests.e2e.stack import Stack
from tests.e2e.test_two_stores import wait_until_connected

LONG = 60_000
SKU, SET, MUG = "TF-075", "SET-WEEKEND", "WG-HAMBURG"
STORE = "Nordhafen Outdoor"
_SEEN_IN_STEP: set[str] = set()
Accessible = Callable[[Page], None]


@pytest.fixture(scope="module")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = stacks.new(tmp_path_factory.mktemp("catalog"))
    try:
        running.start("--demo-stores")
        yield running
    finally:
        running.stop()


@pytest.fixture
def channel(staff: Page, stack: Stack) -> str:
    """Address of the channel of the first store; at first both stores show the same numbers, later buffers differ."""
    if stack.url not in _SEEN_IN_STEP:
        wait_until_connected(staff, stack)
        _SEEN_IN_STEP.add(stack.url)
    staff.goto(f"{stack.url}/channels/")
    link = staff.get_by_role("main").get_by_role("link", name=STORE, exact=True).first.get_attribute("href") or ""
    found = re.search(r"/channels/\d+/", link)
    assert found is not None, link
    return f"{stack.url}{found[0]}"


def control(page: Page, stack: Stack, method: str, what: str, **body: Any) -> None:
    """What nobody tells us: somebody works in the store's own back office."""
    answer = page.request.fetch(f"{stack.sandbox_url}/_control/stores/demo/{what}", method=method, data=body)
    assert answer.ok, answer.text()


def in_store(page: Page, stack: Stack, sku: str) -> int | None:
    """The store's number of a SKU; None while it does not have it."""
    answer = page.request.get(f"{stack.sandbox_url}/stores/demo/staff?q={sku}")
    assert answer.ok, answer.text()
    found = re.search(rf"Stock of {sku}\b.*?value=\"(-?\d+)\"", answer.text(), re.DOTALL)
    return int(found[1]) if found else None


def until(look: Callable[[], bool], what: str, again: Callable[[], object] = lambda: None) -> None:
    deadline = time.monotonic() + LONG / 1000
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)
        again()


def row(page: Page, sku: str) -> Any:
    return page.get_by_role("row").filter(has_text=sku).first


@pytest.mark.req("CAT-1")
@pytest.mark.req("A25")
@pytest.mark.req("GEN-3")
def test_a_download_shows_its_progress_and_what_it_could_not_match(
    staff: Page, stack: Stack, channel: str, shots: Shots, accessible: Accessible
) -> None:
    page = staff
    variant = {"sku": MUG, "option_values": [{"option_display_name": "Color", "label": "Blue"}]}
    control(page, stack, "POST", "products", products=[_family("Enamel mugs", variant)])

    page.goto(f"{channel}catalog/download/")
    page.get_by_role("checkbox", name=re.compile("Also what did not change")).check()
    control(page, stack, "POST", "faults", kind="slow", path="/v3/catalog/products*", times=2, seconds=4)
    page.get_by_role("button", name="Download products").click()
    expect(page.locator("#download").get_by_role("progressbar")).to_be_visible(timeout=LONG)
    shots(page, "download")
    until(lambda: page.locator("#download").count() == 0, "the download goes on", page.reload)

    page.goto(f"{channel}catalog/conflicts/")
    expect(page.get_by_role("row").filter(has_text="Enamel mugs")).to_contain_text(MUG)
    shots(page, "conflicts")
    accessible(page)
    page.get_by_role("link", name="Enamel mugs").click()
    shots(page, "conflict")
    accessible(page)
    page.get_by_label("New SKU for Blue").fill(f"{MUG}-2")
    page.get_by_role("button", name="Create as new").click()

    def solved() -> bool:
        page.goto(f"{channel}catalog/?q={MUG}-2")
        return page.get_by_role("row").filter(has_text=f"{MUG}-2").count() == 1

    until(solved, f"{MUG}-2 was not added")
    page.goto(f"{channel}catalog/conflicts/")
    expect(page.get_by_text("Everything could be matched")).to_be_visible()


def _family(name: str, *variants: dict[str, Any]) -> dict[str, Any]:
    more = {"type": "physical", "weight": 1, "price": 9.5, "inventory_tracking": "variant"}
    return {"name": name, **more, "variants": list(variants)}


@pytest.mark.req("BUF-5")
@pytest.mark.req("BUF-7")
@pytest.mark.req("A32")
@pytest.mark.req("NEW-3")
def test_a_buffer_in_the_dialog_waits_for_the_next_update(
    staff: Page, stack: Stack, channel: str, shots: Shots, accessible: Accessible
) -> None:
    page = staff
    switch_buffer_on(page, channel, 2)
    before = in_store(page, stack, SKU)
    assert before is not None

    page.goto(f"{channel}catalog/?q={SKU}")
    page.get_by_role("link", name=re.compile("Thermosflasche")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    shots(page, "dialog")
    accessible(page)
    dialog.get_by_label("Use product level buffer inventory").check()
    dialog.get_by_label("Buffer", exact=True).fill("7")
    dialog.get_by_role("button", name="Save and close").click()

    expect(dialog).to_have_count(0)
    page.goto(f"{channel}catalog/?q={SKU}")
    expect(row(page, SKU)).to_contain_text(str(before - 7))
    assert in_store(page, stack, SKU) == before, "saving a buffer sends nothing"
    shots(page, "catalog-old-buffer")
    accessible(page)
    page.get_by_role("button", name="Push affected").click()
    until(lambda: in_store(page, stack, SKU) == before - 7, "the affected quantity was not sent")
    explain(page, channel, before - 7, shots)


def explain(page: Page, channel: str, quantity: int, shots: Shots) -> None:
    page.goto(f"{channel}catalog/?q={SKU}")
    row(page, SKU).get_by_role("link", name=str(quantity), exact=True).first.click()
    why = page.locator("#why")
    expect(why).to_contain_text("Buffer")
    expect(why).to_contain_text("7")
    shots(page, "why")


def switch_buffer_on(page: Page, channel: str, units: int) -> None:
    page.goto(f"{channel}setup/")
    if page.get_by_label("Use buffer inventory").is_checked():
        return
    page.get_by_label("Use buffer inventory").check()
    page.get_by_label("Buffer inventory", exact=True).fill(str(units))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("settings are saved").first).to_be_visible()


@pytest.mark.req("BLK-1")
@pytest.mark.req("BLK-4")
@pytest.mark.req("BUF-6")
@pytest.mark.req("NEW-2")
@pytest.mark.req("LST-7")
def test_products_are_listed_in_bulk_after_a_preview_and_removed_again(
    staff: Page, stack: Stack, channel: str, shots: Shots, accessible: Accessible
) -> None:
    page = staff
    switch_buffer_on(page, channel, 2)
    page.goto(f"{channel}bulk/?q={SET}")
    shots(page, "bulk")
    accessible(page)
    page.get_by_label("Buffer of the chosen products").select_option(label="Turn on product level setting")
    page.get_by_label("Units kept back").fill("1")
    page.get_by_role("button", name="Check against the store").click()
    send = page.get_by_role("button", name="Send 1 to the store")
    expect(send).to_be_visible(timeout=LONG)
    assert in_store(page, stack, SET) is None, "a preview sends nothing"
    expect(row(page, SET)).to_contain_text("Create")
    shots(page, "plan")
    accessible(page)

    send.click()
    until(lambda: in_store(page, stack, SET) is not None, f"{SET} is not in the store")
    page.goto(f"{channel}catalog/?q={SET}")
    until(
        lambda: "Listed" in row(page, SET).inner_text(),
        "the list does not say that it is listed",
        page.reload,
    )
    shots(page, "catalog-listed")

    page.goto(f"{channel}bulk/?q={SET}")
    page.get_by_label(re.compile("remove from store", re.IGNORECASE)).check()
    page.get_by_role("button", name="Check against the store").click()
    remove = page.get_by_role("button", name=re.compile("Remove 1 from the store"))
    expect(remove).to_be_visible(timeout=LONG)
    remove.click()
    shots(page, "remove")
    page.get_by_role("button", name="Remove from the store").last.click()
    until(lambda: in_store(page, stack, SET) is None, f"{SET} is still in the store")


_AN_HOUR_LATER = """
from datetime import timedelta
from django.db.models import F
from catalog.models import ListingItem
ListingItem.objects.update(pushed_at=F("pushed_at") - timedelta(hours=1))
"""
"""What was sent a moment ago counts as on its way; so nothing was."""


@pytest.mark.req("NEW-1")
def test_a_number_changed_in_the_store_is_shown_and_set_right(
    staff: Page, stack: Stack, channel: str, shots: Shots, accessible: Accessible
) -> None:
    page = staff
    ours = in_store(page, stack, "ZH-Y10")
    assert ours is not None
    stack.manage("shell", "-v", "0", "-c", _AN_HOUR_LATER)
    control(page, stack, "PUT", "stock", sku="ZH-Y10", quantity=3)

    page.goto(f"{channel}catalog/differences/")
    page.get_by_role("button", name="Compare now").click()
    difference = page.get_by_role("row").filter(has_text="ZH-Y10")
    until(lambda: difference.count() == 1, "no difference was found", page.reload)
    expect(difference).to_contain_text("Changed in the store")
    assert in_store(page, stack, "ZH-Y10") == 3, "comparing changes nothing"
    shots(page, "differences")
    accessible(page)
    difference.get_by_role("button").first.click()
    until(lambda: in_store(page, stack, "ZH-Y10") == ours, "our number was not sent")


@pytest.mark.req("INV-6")
def test_prices_from_a_file_are_seen_before_they_count(
    staff: Page, stack: Stack, channel: str, tmp_path: Path, shots: Shots, accessible: Accessible
) -> None:
    page = staff
    file = tmp_path / "prices.csv"
    file.write_text(f"SKU;Price Retail\n{SKU};31,90\nNOWHERE-1;\n", encoding="utf-8")

    page.goto(f"{stack.url}/products/import/")
    accessible(page)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Preview").click()
    apply = page.get_by_role("button", name="Apply 1 row")
    until(lambda: apply.count() == 1, "the file was not read", page.reload)
    expect(row(page, SKU)).to_contain_text("31.9")
    shots(page, "import")
    accessible(page)
    apply.click()
    until(lambda: page.get_by_text("applied").count() > 0, "nothing was applied", page.reload)

    page.goto(f"{stack.url}/products/?q={SKU}")
    page.get_by_role("link", name=re.compile("Thermosflasche")).first.click()
    expect(page.get_by_text("31.90").first).to_be_visible()
    page.goto(f"{channel}catalog/?q={SKU}")
    expect(row(page, SKU)).to_contain_text("Differs from store")
