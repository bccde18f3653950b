"""Chromium against the running stack. What goes wrong in console, network or content policy fails the test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

from tests.conftest import ROOT, skip_or_fail
from tests.e2e import stack as stacks
from tests.e2e.stack import Stack

WIDTHS = (360, 1280, 1920)
SHOTS = Path(os.environ.get("SHOTS_DIR", ROOT / "tests/e2e/shots"))
_CHROMIUM = [os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((path for path in _CHROMIUM if path and Path(path).exists()), None)
    if program is None:
        skip_or_fail("chromium", "Chromium is not installed here (CHROMIUM names it elsewhere)")
    # Playwright's loop stays in this thread, and Django would refuse the database to tests beside it.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def stack(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Demo data, no store connected."""
    running = stacks.new(tmp_path_factory.mktemp("stack"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What went wrong in the browser; must be empty at the end (a test that provokes something clears it)."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-US", timezone_id="UTC", reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, stack: Stack, problems: list[str]) -> Page:
    """Not logged in. `page.goto("/…")` would need the address: use `stack.url`."""
    page = context.new_page()

    def on_this_machine(route: Route) -> None:
        if urlsplit(route.request.url).hostname in {"localhost", "127.0.0.1", None}:
            route.continue_()
        else:
            problems.append(f"asked for {route.request.url}")
            route.abort()

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(f"console: {message.text[:300]}")

    page.route("**/*", on_this_machine)
    page.on("console", said)
    page.on("pageerror", lambda error: problems.append(f"script: {str(error)[:300]}"))
    page.on("requestfailed", lambda request: _note_failure(problems, request.url, request.failure or ""))
    page.on("response", lambda answer: answer.status >= 500 and problems.append(f"{answer.status} {answer.url}"))
    return page


def _note_failure(problems: list[str], url: str, failure: str) -> None:
    if "ERR_ABORTED" not in failure:  # a request that the next page made superfluous
        problems.append(f"failed: {url} {failure}")


@pytest.fixture
def staff(page: Page, stack: Stack) -> Page:
    """Logged in as the demo's manager, on the dashboard."""
    page.goto(f"{stack.url}/")
    page.locator("[name=username]").fill(stack.username)
    page.locator("[name=password]").fill(stack.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{stack.url}/")
    return page


Shots = Callable[[Page, str], None]


@pytest.fixture
def shots() -> Shots:
    """`shots(page, "setup")` keeps pictures of the whole page at three widths, light and dark."""

    def take(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        size = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
                page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{name} is {overflow} px wider than a window of {width} px"
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if size:
            page.set_viewport_size(size)

    return take


@pytest.fixture(scope="session")
def accessible() -> Callable[[Page], None]:
    """`accessible(page)` fails with axe's findings of WCAG 2.2 A and AA, in light and dark."""
    axe = Axe()
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

    def check(page: Page) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            found = axe.run(page, options=options)
            assert found.violations_count == 0, f"{page.url} ({scheme}):\n{found.generate_report()}"
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    return check
