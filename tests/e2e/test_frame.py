"""The frame's behaviour in a browser: theme, dialogs, unsaved changes, menus, and all of it without script."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import Stack


def add_user(staff: Page, stack: Stack, name: str) -> None:
    staff.goto(f"{stack.url}/users/new/")
    staff.get_by_label("User name").fill(name)
    staff.get_by_label("First name").fill(name.title())
    staff.get_by_label("Password", exact=True).fill("correct horse battery")
    staff.get_by_role("button", name="Add user").click()
    staff.get_by_role("link", name=name.title()).click()


def test_theme_switches_at_once_and_is_kept(staff: Page, stack: Stack) -> None:
    staff.get_by_role("button", name="Switch to dark theme").click()
    expect(staff.locator("html")).to_have_attribute("data-theme", "dark")
    expect(staff.get_by_role("button", name="Switch to light theme")).to_be_visible()
    staff.wait_for_load_state("networkidle")

    staff.reload()

    expect(staff.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_slash_leads_to_the_search(staff: Page) -> None:
    staff.locator("body").press("/")
    expect(staff.get_by_label("Search SKU, product, order, sale or customer")).to_be_focused()

    staff.keyboard.type("a/b")

    expect(staff.get_by_label("Search SKU, product, order, sale or customer")).to_have_value("a/b")


def test_a_form_says_what_is_unsaved(staff: Page, stack: Stack, shots, accessible) -> None:
    add_user(staff, stack, "frieda")
    bar = staff.locator(".savebar")
    expect(bar).to_be_hidden()
    staff.get_by_label("Last name").fill("Kahl")
    staff.get_by_label("Viewer", exact=False).check()
    expect(bar).to_contain_text("2 unsaved changes")
    expect(bar).to_contain_text("Last name, Role")
    shots(staff, "user")
    accessible(staff)

    staff.get_by_role("button", name="Discard").click()
    expect(bar).to_be_hidden()
    expect(staff.get_by_label("Last name")).to_have_value("")

    staff.get_by_label("Last name").fill("Kahl")
    staff.get_by_role("button", name="Save").click()
    expect(staff.locator("[data-toast]")).to_contain_text("Frieda Kahl is saved.")


def test_leaving_with_unsaved_changes_asks_first(staff: Page, stack: Stack) -> None:
    staff.goto(f"{stack.url}/account/")
    asked: list[str] = []
    staff.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    staff.get_by_label("First name").fill("Somebody else")

    staff.goto(f"{stack.url}/")

    assert asked == ["beforeunload"]


def test_a_danger_dialog_traps_and_returns_the_focus(staff: Page, stack: Stack, shots, accessible) -> None:
    add_user(staff, stack, "gustav")
    opener = staff.get_by_role("button", name="Deactivate…")
    opener.focus()
    staff.keyboard.press("Enter")
    dialog = staff.get_by_role("dialog", name="Deactivate Gustav?")
    expect(dialog).to_be_visible()
    shots(staff, "danger")
    accessible(staff)
    outside = "document.activeElement?.closest('nav, header.topbar, main')?.outerHTML.slice(0, 80) || ''"
    for _press in range(5):
        staff.keyboard.press("Tab")
        assert staff.evaluate(f"document.activeElement?.closest('dialog:modal') ? '' : ({outside})") == ""

    staff.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()

    opener.click()
    dialog.get_by_role("button", name="Deactivate").click()
    expect(staff.locator("[data-toast]")).to_contain_text("Gustav cannot log in any more.")
    expect(staff.get_by_text("Deactivated")).to_be_visible()


def test_the_menu_folds_on_a_phone(staff: Page) -> None:
    staff.set_viewport_size({"width": 360, "height": 740})
    rail = staff.get_by_role("navigation", name="Main")
    expect(rail).to_be_hidden()

    staff.get_by_role("button", name="Menu").click()
    expect(rail).to_be_visible()

    staff.keyboard.press("Escape")
    expect(rail).to_be_hidden()


def test_core_actions_work_without_script(browser: Browser, staff: Page, stack: Stack) -> None:
    add_user(staff, stack, "hanna")
    address = staff.url
    plain = browser.new_context(java_script_enabled=False, storage_state=staff.context.storage_state())
    page = plain.new_page()
    page.goto(address)
    page.get_by_label("Last name").fill("Noll")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Hanna Noll")).to_be_visible()

    page.goto(address)
    page.get_by_role("button", name="Deactivate…").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("Deactivated")).to_be_visible()
    plain.close()
