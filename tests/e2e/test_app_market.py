"""Connecting through the store's app market: install, launch and uninstall inside the control panel's frame."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import stack as stacks
from tests.e2e.conftest import Shots
from tests.e2e.stack import Stack


@pytest.fixture(scope="module")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: the store that is connected here would be in the way elsewhere."""
    running = stacks.new(tmp_path_factory.mktemp("market"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.mark.req("CON-8")
@pytest.mark.req("CON-10")
def test_a_store_is_connected_by_installing_the_app(
    staff: Page, stack: Stack, shots: Shots, accessible: Callable[[Page], None]
) -> None:
    page = staff
    panel = f"{stack.sandbox_url}/stores/outlet/panel"
    page.goto(panel)
    page.get_by_label("Address of the app").fill(f"{stack.url}/connect/bigcommerce")
    page.get_by_role("button", name="Save address").click()
    page.get_by_role("button", name="Install app").click()
    frame = page.frame_locator("iframe[title='The app']")
    expect(frame.get_by_text("Access is granted")).to_be_visible()
    shots(page, "app-market")

    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Open Inventory Sync").click()
    tab = opened.value
    expect(tab.get_by_role("button", name="Connect")).to_be_visible()
    accessible(tab)
    expect(tab.get_by_label("Store hash or address of the control panel")).to_have_value("outlet")
    tab.get_by_role("button", name="Connect").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Nordhafen Outlet")

    page.goto(panel)
    page.get_by_role("button", name="Launch").click()
    expect(frame.get_by_text("This store is connected as")).to_be_visible()

    page.get_by_role("button", name="Uninstall").click()
    expect(page.get_by_text("Not installed")).to_be_visible()
    told = tab.get_by_text("The app was removed from the store").first
    for _second in range(10):  # the store's server tells us, on its own time
        tab.reload()
        if told.count():
            break
        page.wait_for_timeout(1000)
    expect(told).to_be_visible()
