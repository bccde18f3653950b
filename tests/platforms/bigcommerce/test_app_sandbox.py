"""Our app against the sandbox's control panel: installed, opened, removed, installed again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from channels.errors import AuthenticationFailed, RemoteRejected
from channels.platforms.bigcommerce.connect import app_connection_from_form, spec
from channels.platforms.bigcommerce.store import Store
from channels.ports import AppInstalled, AppOpened, AppRemoved, StepCall
from sandbox.bigcommerce.apps import CLIENT_ID, CLIENT_SECRET
from tests.platforms.conftest import Shopkeeper


@pytest.fixture(autouse=True)
def _app(settings: Any, keeper: Shopkeeper) -> None:
    settings.BIGCOMMERCE_APP_CLIENT_ID = CLIENT_ID
    settings.BIGCOMMERCE_APP_CLIENT_SECRET = CLIENT_SECRET
    settings.BIGCOMMERCE_LOGIN_URL = settings.BIGCOMMERCE_API_URL = keeper.url
    settings.PRIVATE_ADDRESSES_ALLOWED = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "http://localhost:8000"


def callback(keeper: Shopkeeper, step: str, **data: Any) -> StepCall:
    """The request that the control panel makes for a step."""
    url = urlsplit(keeper.call("POST", f"/stores/{keeper.store}/app/{step}", data)["url"])
    assert url.path == f"/connect/bigcommerce/{step}/"
    return StepCall(query=dict(parse_qsl(url.query)), headers={}, body=b"", now=datetime.now(UTC))


def install(keeper: Shopkeeper) -> AppInstalled:
    found = spec.steps["install"].read(callback(keeper, "install"))
    assert isinstance(found, AppInstalled)
    return found


def connected(granted: AppInstalled) -> Store:
    connection = app_connection_from_form({"store": granted.identity})
    return Store(replace(connection, secrets={**connection.secrets, **granted.secrets}))


@pytest.mark.req("CON-8")
def test_an_installed_app_is_connected_without_keys(keeper: Shopkeeper, sleep: Callable[[float], None]) -> None:
    granted = install(keeper)
    assert granted.identity == "demo"
    store = connected(granted)
    assert store.check().name == "Nordhafen Outdoor"
    assert store.products.find(["ZH-Y10"])
    assert store.orders.changed_since(datetime(2020, 1, 1, tzinfo=UTC)).refs
    assert [hook.active for hook in store.webhooks.register("http://127.0.0.1:9/notices/x")] == [True]


@pytest.mark.req("CON-8")
def test_installing_again_replaces_the_token(keeper: Shopkeeper) -> None:
    first, second = install(keeper), install(keeper)
    assert first.secrets["access_token"] != second.secrets["access_token"]
    assert connected(second).check().identity == "demo"
    with pytest.raises(AuthenticationFailed):
        connected(first).check()


@pytest.mark.req("CON-8")
def test_a_code_works_once_and_not_for_long(keeper: Shopkeeper, settings: Any) -> None:
    call = callback(keeper, "install")
    spec.steps["install"].read(call)
    with pytest.raises(RemoteRejected, match="Open the app again"):
        spec.steps["install"].read(call)
    late = callback(keeper, "install")
    keeper.call("PUT", "/clock", {"advance_seconds": 601})
    with pytest.raises(RemoteRejected, match="Open the app again"):
        spec.steps["install"].read(late)
    settings.PUBLIC_URL = "https://elsewhere.example.com"
    with pytest.raises(RemoteRejected, match="Open the app again"):
        spec.steps["install"].read(callback(keeper, "install"))


@pytest.mark.req("CON-8")
def test_missing_scopes_of_the_app_are_named(keeper: Shopkeeper) -> None:
    keeper.settings(app_scopes="store_v2_products store_v2_information_read_only")
    with pytest.raises(RemoteRejected, match="Store inventory: modify"):
        install(keeper)


@pytest.mark.req("CON-8")
@pytest.mark.req("CON-10")
def test_opening_and_removing_name_the_store(keeper: Shopkeeper) -> None:
    granted = install(keeper)
    assert spec.steps["load"].read(callback(keeper, "load")) == AppOpened(identity="demo")
    removed = spec.steps["uninstall"].read(callback(keeper, "uninstall"))
    assert isinstance(removed, AppRemoved)
    assert removed.identity == "demo"
    assert removed.issued_at is not None
    with pytest.raises(AuthenticationFailed):
        connected(granted).check()


def test_the_control_panel_shows_the_app_in_a_frame(keeper: Shopkeeper) -> None:
    page = f"{keeper.url}/stores/demo/panel"
    assert "Not installed" in requests.get(page, timeout=10).text
    shown = requests.post(f"{page}/install", timeout=10)
    assert '<iframe class="app-frame" title="The app" src="http://localhost:8000/connect/bigcommerce/install/?' in (
        shown.text
    )
    assert "frame-src http://localhost:8000" in shown.headers["Content-Security-Policy"]
    install(keeper)
    assert "Installed" in requests.get(page, timeout=10).text
    assert "signed_payload_jwt" in requests.post(f"{page}/load", timeout=10).text
    requests.post(f"{page}/address", data={"address": "http://127.0.0.1:9/connect/bigcommerce"}, timeout=10)
    gone = requests.post(f"{page}/uninstall", timeout=10)
    assert "Not installed" in gone.text
    assert requests.post(f"{page}/uninstall", timeout=10).status_code == 409
    assert requests.post(f"{page}/address", data={"address": "nonsense"}, timeout=10).status_code == 422


@pytest.mark.parametrize("wrong", ["client_id", "client_secret", "code", "redirect_uri", "grant_type"])
def test_the_sandbox_exchanges_no_code_for_others(keeper: Shopkeeper, wrong: str) -> None:
    call = callback(keeper, "install")
    sent = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "code": call.query["code"],
        "context": "stores/demo",
        "scope": call.query["scope"],
        "grant_type": "authorization_code",
        "redirect_uri": "http://localhost:8000/connect/bigcommerce/install/",
    }
    refused = requests.post(f"{keeper.url}/oauth2/token", data={**sent, wrong: "wrong"}, timeout=10)
    assert refused.status_code in (400, 401)
    assert "access_token" not in refused.text
