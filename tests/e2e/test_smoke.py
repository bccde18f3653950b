"""The stack answers, a member of staff gets in, and the first pages are whole."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.stack import Stack


@pytest.mark.req("APP-14")
def test_logging_in_leads_to_the_dashboard(page: Page, stack: Stack, shots, accessible) -> None:
    page.goto(f"{stack.url}/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    shots(page, "login")
    accessible(page)

    page.locator("[name=username]").fill(stack.username)
    page.locator("[name=password]").fill(stack.password)
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_url(f"{stack.url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    shots(page, "dashboard")
    accessible(page)


def test_a_wrong_password_says_so_and_keeps_out(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/")
    page.locator("[name=username]").fill(stack.username)
    page.locator("[name=password]").fill("not the password")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
