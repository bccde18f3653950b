"""How an application is let in: parameters, sign-in, consent, keys on their way; as recorded."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.client import SECONDS
from tests.sandbox.woo_client import WooClient
from tests.sandbox.woocommerce import recordings
from tests.sandbox.woocommerce.sink import Letter, Sink

RECORDED = "https://127.0.0.1:18743"
CALLBACKS = "https://127.0.0.1:18791"
STAFF = {"username": "admin", "password": "sandbox-staff", "login": "Login"}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


class Merchant:
    """A browser at one store of the sandbox."""

    def __init__(self, server: SandboxServer, browser: requests.Session) -> None:
        self.browser, self.store = browser, f"{server.url}/woo/kontor"

    def ask(self, path: str, method: str = "GET", **more: Any) -> requests.Response:
        address = path if path.startswith("http") else self.store + path
        return self.browser.request(method, address, allow_redirects=False, timeout=SECONDS, **more)

    def authorize(self, sink: Sink, **changes: str | None) -> requests.Response:
        wish = {
            "app_name": "Lab App",
            "scope": "read_write",
            "user_id": "tenant-42",
            "return_url": f"{sink.url}/hook/return",
            "callback_url": f"{sink.url}/callback/x",
        }
        given = {name: value for name, value in {**wish, **changes}.items() if value is not None}
        return self.ask("/wc-auth/v1/authorize", params=given)

    def sign_in(self, sink: Sink, **changes: str) -> requests.Response:
        """To the consent page."""
        form = self.authorize(sink, **changes).headers["Location"]
        there = self.ask(form, "POST", data=STAFF)
        assert there.status_code == 302
        return self.ask(there.headers["Location"])


@pytest.fixture
def merchant(sandbox: SandboxServer, browser: requests.Session) -> Merchant:
    return Merchant(sandbox, browser)


def link(page: requests.Response, name: str) -> str:
    found = re.search(rf'class="button {name}" href="([^"]+)"', page.text)
    assert found is not None
    return unescape(found[1])


def recorded(name: str) -> dict[str, Any]:
    return next(each for each in recordings.letters("auth") if each["name"] == name)


def placed(text: str, merchant: Merchant, sink: Sink) -> str:
    """A recorded address or text with the addresses of this test."""
    return text.replace(RECORDED, merchant.store).replace(CALLBACKS, sink.url)


def plain(address: str) -> str:
    """Blanks are written as %20 or as +."""
    return re.sub(r"wc_auth_nonce=[^&]*", "wc_auth_nonce=<nonce>", address.replace("%20", "+"))


def play(merchant: Merchant, sink: Sink, name: str, address: str = "", **more: Any) -> requests.Response:
    """The recorded request here; status, kind, target and the error it shows are compared."""
    entry = recorded(name)
    there = address or placed(entry["request"]["url"], merchant, sink)
    there = there.replace("https%3A%2F%2F127.0.0.1%3A18791", f"http%3A%2F%2F127.0.0.1%3A{urlsplit(sink.url).port}")
    answer = merchant.ask(there, entry["request"]["method"], **more)
    response = entry["response"]
    assert answer.status_code == response["status"], answer.text
    assert answer.headers["Content-Type"].lower() == response["content_type"].lower()
    target = placed(response["location"].replace("https%3A%2F%2F127.0.0.1%3A18791", CALLBACKS), merchant, sink)
    own = answer.headers.get("Location", "").replace(f"http%3A%2F%2F127.0.0.1%3A{urlsplit(sink.url).port}", sink.url)
    assert plain(own) == plain(target)
    error = re.search(r"wp-die-message.>(.*?)</div>", response["text"].replace('"', "'"))
    if error is not None:
        assert f">{error[1]}<" in answer.text
    return answer


def test_parameters_are_refused_as_recorded(merchant: Merchant, sink: Sink) -> None:
    play(merchant, sink, "0002-authorize-missing-user-id")
    play(merchant, sink, "0003-authorize-bad-scope")


def test_a_callback_without_tls_is_taken_on_this_machine_only(merchant: Merchant, sink: Sink) -> None:
    refused = merchant.authorize(sink, callback_url="http://erp.example.com/callback")

    assert refused.status_code == recorded("0001-authorize-http-callback-refused")["response"]["status"] == 401
    assert "Error: The callback_url needs to be over SSL." in refused.text
    assert merchant.authorize(sink).status_code == 302


@pytest.mark.parametrize("name", ["app_name", "scope", "user_id", "return_url", "callback_url"])
def test_every_parameter_is_needed(merchant: Merchant, sink: Sink, name: str) -> None:
    answer = merchant.authorize(sink, **{name: None})

    assert answer.status_code == 401
    assert f"Error: Missing parameter {name}." in answer.text


def test_the_way_to_the_keys_is_as_recorded(merchant: Merchant, sink: Sink) -> None:
    play(merchant, sink, "0004-authorize-anonymous")
    form = play(merchant, sink, "0005-authorize-login-form")
    assert "Lab App would like to connect to your store" in unescape(form.text)
    play(merchant, sink, "0006-authorize-login-submit", data=STAFF)
    consent = play(merchant, sink, "0007-authorize-consent-page")
    recorded_page = unescape(recorded("0007-authorize-consent-page")["response"]["text"])
    for right in re.findall(r"<li>(.*?)</li>", recorded_page):
        assert f"<li>{right}</li>" in consent.text

    play(merchant, sink, "0009-authorize-approve", link(consent, "wc-auth-approve"))

    same_form(recorded("0008-request"), sink.letters[0])


def same_form(letter: dict[str, Any], own: Letter) -> None:
    """Headers and the body's fields, their order and kinds; the keys themselves are new."""
    assert set(own.headers) == set(letter["headers"])
    for name in ("Accept", "Accept-Encoding", "Content-Type", "Connection"):
        assert own.headers[name] == letter["headers"][name]
    assert re.fullmatch(r"WordPress/6\.8\.3; http://.+", own.headers["User-Agent"])
    old, new = json.loads(letter["raw_body"]), own.json
    assert list(new) == list(old)
    assert [type(value) for value in new.values()] == [type(value) for value in old.values()]
    assert (new["user_id"], new["key_permissions"]) == (old["user_id"], old["key_permissions"])
    assert re.fullmatch(r"ck_[0-9a-f]{40}", new["consumer_key"])
    assert re.fullmatch(r"cs_[0-9a-f]{40}", new["consumer_secret"])


def test_the_delivered_key_works(merchant: Merchant, sink: Sink, sandbox: SandboxServer) -> None:
    merchant.ask(link(merchant.sign_in(sink, scope="read"), "wc-auth-approve"))

    keys = sandbox.world.settings("kontor") or {}
    entry = next(one for one in keys["keys"] if one["consumer_key"] == sink.letters[0].json["consumer_key"])
    assert (entry["consumer_secret"], entry["permissions"]) == (sink.letters[0].json["consumer_secret"], "read")


def test_keys_that_do_not_arrive_are_taken_back(merchant: Merchant, sink: Sink, sandbox: SandboxServer) -> None:
    before = (sandbox.world.settings("kontor") or {})["keys"]
    consent = merchant.sign_in(sink, callback_url=f"{sink.url}/fail/callback")

    play(merchant, sink, "0011-authorize-approve-callback-500", link(consent, "wc-auth-approve"))

    same_form(recorded("0012-callback-answered-500"), sink.letters[0])
    assert (sandbox.world.settings("kontor") or {})["keys"] == before


def test_denying_goes_back_without_keys(merchant: Merchant, sink: Sink) -> None:
    consent = merchant.sign_in(sink)

    assert link(consent, "wc-auth-deny") == f"{sink.url}/hook/return?success=0&user_id=tenant-42"
    assert sink.letters == []


def test_nobody_gets_keys_without_signing_in_and_agreeing(merchant: Merchant, sink: Sink) -> None:
    approve = link(merchant.sign_in(sink), "wc-auth-approve")

    stranger = requests.get(approve, allow_redirects=False, timeout=SECONDS)
    forged = merchant.ask(approve.replace("tenant-42", "tenant-43"))

    assert (stranger.status_code, forged.status_code, sink.letters) == (401, 401, [])


def test_a_wrong_password_shows_the_form_again(merchant: Merchant, sink: Sink) -> None:
    form = merchant.authorize(sink).headers["Location"]

    answer = merchant.ask(form, "POST", data={**STAFF, "password": "guess"})

    assert answer.status_code == 200
    assert "The username or the password is not right." in answer.text


def test_keys_are_made_by_hand_and_revoked(sandbox: SandboxServer) -> None:
    store, address = WooClient(sandbox), f"{sandbox.url}/woo/kontor/keys"
    body = {"description": "ERP", "permissions": "read_write"}

    page = requests.post(address, data=body, timeout=SECONDS)

    made = {name: re.search(rf'id="consumer-{name}">([^<]+)<', page.text) for name in ("key", "secret")}
    assert made["key"] is not None
    assert made["secret"] is not None
    store.control("PATCH", "/stores/kontor", {"https": True})
    orders = f"{sandbox.url}/woo/kontor/wp-json/wc/v3/orders"
    keys = (made["key"][1], made["secret"][1])
    assert requests.get(orders, auth=keys, timeout=SECONDS).status_code == 200
    requests.post(f"{address}/revoke", data={"consumer_key": keys[0]}, timeout=SECONDS)
    assert requests.get(orders, auth=keys, timeout=SECONDS).status_code == 401
