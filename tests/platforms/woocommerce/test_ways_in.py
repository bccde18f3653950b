"""Ways into a store against what real stores answered: refused keys, the page of approval, the delivery of keys."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from channels.errors import MalformedResponse, RemoteRejected
from channels.platforms.woocommerce.connect import approval_from_form, approve, keys_from_form, read_keys, read_return
from channels.platforms.woocommerce.find import find
from channels.ports import Connection, HandOver, Returned, StepCall
from tests.factories.channels import NOW

KEYS = {"consumer_key": f"ck_{'5a' * 20}", "consumer_secret": f"cs_{'5b' * 20}"}
SITE = "https://shop.example"
PROBE, BATCH = f"{SITE}/wp-json/wc/v3/webhooks", f"{SITE}/wp-json/wc/v3/products/batch"


@pytest.fixture
def recordings(shared_dir: Path) -> Path:
    return shared_dir / "platforms/woocommerce/recordings"


def answer(recordings: Path, name: str) -> dict[str, Any]:
    """A recorded answer, as `responses` plays it."""
    said = json.loads((recordings / "api" / f"{name}.json").read_text(encoding="utf-8"))["response"]
    left_out = {"transfer-encoding", "content-length", "content-encoding", "content-type", "connection"}
    headers = {key: value for key, value in said["headers"] if key.lower() not in left_out}
    return {"json": said["body"], "status": said["status"], "headers": headers}


@pytest.mark.req("CON-13")
def test_a_recorded_site_with_keys_is_found(recordings: Path, web: responses.RequestsMock) -> None:
    web.get(f"{SITE}/wp-json/", **answer(recordings, "0001-wp-json-index"))
    web.get(PROBE, **answer(recordings, "0404-auth-manager-webhooks"))
    web.post(BATCH, json={})

    found = find(keys_from_form({"address": SITE, **KEYS}))

    assert (found.identity, found.api_url) == ("127.0.0.1:18743", f"{SITE}/wp-json")
    assert dict(found.options) == {"auth": "basic"}


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(
    ("reading", "writing", "field", "words"),
    [
        ("0011-auth-bad-key", "", "consumer_key", "The store does not know these keys."),
        ("0010-auth-none", "", "consumer_key", "The store does not know these keys."),
        ("0012-auth-bad-secret", "", "consumer_secret", "The store refuses the keys: Consumer secret is invalid."),
        ("0016-auth-writeonly-key-reads", "", "consumer_secret", "does not have read permissions"),
        ("0404-auth-manager-webhooks", "0015-auth-readonly-key-writes", "consumer_secret", "These keys may only read."),
        ("0398-auth-demoted-user", "", "consumer_key", "may not manage WooCommerce"),
        ("0400-auth-customer-user", "", "consumer_key", "may not manage WooCommerce"),
    ],
)
def test_recorded_refusals_are_named_at_their_field(
    recordings: Path, web: responses.RequestsMock, reading: str, writing: str, field: str, words: str
) -> None:
    web.get(f"{SITE}/wp-json/", **answer(recordings, "0001-wp-json-index"))
    web.get(PROBE, **answer(recordings, reading))
    if writing:
        web.post(BATCH, **answer(recordings, writing))

    with pytest.raises(RemoteRejected) as refused:
        find(keys_from_form({"address": SITE, **KEYS}))

    assert list(refused.value.fields) == [field]
    assert words in refused.value.fields[field]


@pytest.mark.req("CON-13")
@pytest.mark.parametrize(
    ("reading", "words"),
    [
        ("0013-auth-bad-key-oauth", "The store says: Consumer key is invalid."),
        ("0014-auth-bad-secret-oauth", "The store says: Invalid signature"),
    ],
)
def test_recorded_refusals_of_signatures(
    recordings: Path, web: responses.RequestsMock, reading: str, words: str
) -> None:
    web.get("http://shop.example/wp-json/", **answer(recordings, "0001-wp-json-index"))
    web.get(PROBE.replace("https:", "http:"), **answer(recordings, reading))

    with pytest.raises(RemoteRejected, match=words):
        find(keys_from_form({"address": "http://shop.example", **KEYS}))


@pytest.mark.req("CON-12")
def test_the_link_has_the_parameters_of_the_recorded_page(recordings: Path) -> None:
    recorded = json.loads((recordings / "auth/0007-authorize-consent-page.json").read_text(encoding="utf-8"))
    theirs = urlsplit(recorded["request"]["url"])
    connection = approval_from_form({"address": "https://127.0.0.1:18743/wp-json"})
    hand_over = HandOver(
        token="t0k3n", return_url="https://sync.example/r/", keys_url="https://sync.example/k/", app_name="Lab App"
    )

    ours = urlsplit(approve(as_found(connection), hand_over))

    assert (ours.scheme, ours.netloc, ours.path) == (theirs.scheme, theirs.netloc, theirs.path)
    assert set(parse_qs(ours.query)) == set(parse_qs(theirs.query))
    assert parse_qs(ours.query)["scope"] == parse_qs(theirs.query)["scope"] == ["read_write"]


def as_found(connection: Connection) -> Connection:
    """The connection as `find` leaves it, without asking."""
    return replace(connection, api_url=f"{connection.api_url}/wp-json", options={})


def test_the_page_of_a_site_with_index_php_in_its_addresses() -> None:
    connection = approval_from_form({"address": "https://shop.example/outlet"})
    found = replace(connection, api_url="https://shop.example/outlet/index.php/wp-json")
    hand_over = HandOver(token="t", return_url="https://x/r/", keys_url="https://x/k/", app_name="x y")

    link = approve(found, hand_over)

    assert link.startswith("https://shop.example/outlet/index.php/wc-auth/v1/authorize?app_name=x%20y&")


def call(body: bytes, token: str = "tenant-42", **query: str) -> StepCall:
    return StepCall(query=query, headers={}, body=body, now=NOW, token=token)


@pytest.mark.req("CON-12")
def test_a_recorded_delivery_is_read(recordings: Path) -> None:
    recorded = json.loads((recordings / "auth/0008-request.json").read_text(encoding="utf-8"))
    body = recorded["raw_body"].replace("<40 hex digits>", "5a" * 20).encode()

    assert dict(read_keys(call(body)).secrets) == {
        "consumer_key": f"ck_{'5a' * 20}",
        "consumer_secret": f"cs_{'5a' * 20}",
    }
    assert "5a5a" not in repr(read_keys(call(body)))
    with pytest.raises(MalformedResponse):
        read_keys(call(body, token="tenant-43"))
    with pytest.raises(MalformedResponse):
        read_keys(call(recorded["raw_body"].encode()))


@pytest.mark.req("CON-12")
def test_a_recorded_return_is_read(recordings: Path) -> None:
    recorded = json.loads((recordings / "auth/0009-authorize-approve.json").read_text(encoding="utf-8"))
    query = {name: values[0] for name, values in parse_qs(urlsplit(recorded["response"]["location"]).query).items()}

    assert read_return(call(b"", **query)) == Returned(is_approved=True)
    assert read_return(call(b"", success="0")) == Returned(is_approved=False)
    assert read_return(call(b"")) == Returned(is_approved=True), "what cut the query off must not throw keys away"
