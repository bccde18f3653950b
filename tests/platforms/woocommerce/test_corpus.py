"""Every recorded answer that bears a call of ours is understood: catalog, lists, settings, customers, refusals.

Orders, refunds and notices are in test_order_corpus.py, signing in and approvals in test_find.py and test_connect.py.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from channels.errors import AuthenticationFailed, MalformedResponse, RemoteNotFound, RemoteRejected, StoreError
from channels.platforms.woocommerce.client import Client, Failure
from channels.platforms.woocommerce.identity import store_identity
from channels.platforms.woocommerce.mapping.customers import remote_customer
from channels.platforms.woocommerce.mapping.products import Surroundings, is_family, remote_product, variation_ids
from channels.platforms.woocommerce.mapping.taxes import class_names, rate_names
from channels.platforms.woocommerce.mapping.values import title
from channels.remote import TAX_FREE
from tests.platforms.woocommerce.gateways import API
from tests.platforms.woocommerce.reading import found_in, recorded

SETS = ("api", "api-10.0.2-legacy-storage")


def answers(shared_dir: Path) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """(file, request, body) of successful answers."""
    for name, row in recorded(shared_dir, *SETS):
        if 200 <= row["response"]["status"] < 300:
            yield name, row["request"], row["response"]["body"]


@pytest.mark.req("CAT-13")
def test_every_recorded_product_is_mapped(shared_dir: Path) -> None:
    """Also each that came as the answer to a write or inside a batch."""
    seen: Counter[str] = Counter()
    for name, _request, body in answers(shared_dir):
        for row in found_in(body, "sku", "tax_status", "type", "catalog_visibility"):
            if row["type"] == "variation":
                continue
            found = remote_product(row, [], Surroundings())
            seen[row["type"]] += 1
            assert found.id == str(row["id"]), name
            assert found.name
            assert "&amp;" not in found.name
            assert found.is_family == (row["type"] == "variable")
            assert found.tax_key in {TAX_FREE, "class:standard", "class:reduced-rate", "class:zero-rate"}, name
            assert json.loads(json.dumps(found.raw)) == found.raw
            assert found.is_family or found.variants[0].sku == row["sku"].strip()
            assert found.modified_at is not None
            if row["manage_stock"] and not found.is_family:
                assert found.variants[0].quantity == row["stock_quantity"], name
    assert sum(seen.values()) >= 270
    assert set(seen) == {"simple", "variable", "grouped", "external"}


@pytest.mark.req("CAT-4")
def test_every_recorded_variation_is_mapped_with_its_family(shared_dir: Path) -> None:
    families = {
        row["id"]: row
        for _name, _request, body in answers(shared_dir)
        for row in found_in(body, "sku", "tax_status", "type", "variations")
        if is_family(row)
    }
    count, tracked = 0, set()
    for name, request, body in answers(shared_dir):
        if "/variations" not in request["path"]:
            continue
        parent = families[int(request["path"].split("/products/")[1].split("/")[0])]
        rows = list(found_in(body, "sku", "manage_stock", "attributes"))
        found = remote_product(parent, rows, Surroundings())
        assert len(found.variants) == len(rows), name
        for variant in found.variants:
            count += 1
            tracked.add(variant.tracking)
            assert [option.name for option in variant.options] == list(found.option_names), name
            assert variant.sku != parent["sku"] or not variant.sku, name
            assert variant.quantity is None or variant.tracking == "variant"
    assert count >= 30
    assert tracked == {"variant", "product", "none"}
    assert all(variation_ids(row) or row["variations"] == [] for row in families.values())


def test_every_recorded_list_of_the_store_is_read(shared_dir: Path) -> None:
    seen = set()
    for name, request, body in answers(shared_dir):
        path = request["path"].removeprefix("/wp-json/wc/v3")
        if path == "/taxes/classes" and isinstance(body, list):
            assert [entry.key for entry in class_names(body)][:2] == ["class:standard", "class:reduced-rate"], name
            seen.add(path)
        elif path == "/taxes" and isinstance(body, list):
            found = rate_names(body, ())
            assert len(found) == len(body) == len({entry.key for entry in found}), name
            assert all("·" in entry.label for entry in found)
            seen.add(path)
        elif path == "/payment_gateways" and isinstance(body, list):
            assert all(row["id"] and title(row, "title") for row in body), name
            seen.add(path)
        elif path == "/customers" and isinstance(body, list) and "_fields" not in request["query"]:
            assert all(remote_customer(row).email for row in body), name
            seen.add(path)
        elif path == "/products/categories" and isinstance(body, list):
            assert all(title(row, "name") and "&amp;" not in title(row, "name") for row in body), name
            seen.add(path)
    assert seen == {"/taxes/classes", "/taxes", "/payment_gateways", "/customers", "/products/categories"}


@pytest.mark.req("CON-17")
def test_the_recorded_store_says_who_it_is(shared_dir: Path) -> None:
    index = next(body for name, _request, body in answers(shared_dir) if name.endswith("wp-json-index.json"))
    values = {
        group: {row["id"]: row["value"] for row in body}
        for name, _request, body in answers(shared_dir)
        for group in ("general", "tax", "products")
        if name.endswith(f"-settings-{group}.json") and "auth" not in name
    }
    states = [body for _name, request, body in answers(shared_dir) if request["path"].endswith("/system_status")]
    assert len(states) >= 3
    for status in states:
        found = store_identity(index=index, status=status, options={}, **values)
        assert (found.version, found.currency, found.time_zone) == ("10.0.2", "USD", "America/New_York")
        assert (found.weight_unit, found.length_unit, found.country) == ("lb", "in", "US")


def test_every_recorded_batch_is_matched_with_what_was_sent(
    shared_dir: Path, client: Client, web: responses.RequestsMock
) -> None:
    count = refused = 0
    for name, request, body in answers(shared_dir):
        sent = request["body"]
        if not request["path"].endswith("/batch") or sent.get("delete") or "products" not in request["path"]:
            continue
        path = request["path"].removeprefix("/wp-json/wc/v3").removesuffix("/batch")
        web.reset()
        web.post(f"{API}{request['path'].removeprefix('/wp-json')}", json=json.loads(json.dumps(body, default=str)))
        made, changed = client.batch(path, create=sent.get("create") or [], update=sent.get("update") or [])
        assert len(made) == len(sent.get("create") or []), name
        for entry, row in zip(changed, sent.get("update") or [], strict=True):
            count += 1
            refused += isinstance(entry, Failure)
            assert isinstance(entry, Failure) or entry["id"] == row["id"], name
        count += len(made)
        refused += sum(isinstance(entry, Failure) for entry in made)
        assert all(not isinstance(entry, Failure) or entry.code for entry in made)
    assert count >= 100
    assert refused >= 4


def test_every_recorded_refusal_has_its_name(shared_dir: Path, client: Client, web: responses.RequestsMock) -> None:
    """By status and code: what the caller does next does not depend on the store's language."""
    seen: Counter[str] = Counter()
    for name, row in recorded(shared_dir, *SETS):
        request, response = row["request"], row["response"]
        path = request["path"].removeprefix("/wp-json")
        if response["status"] < 400 or not path.startswith("/wc/v3/") or request["method"] == "HEAD":
            continue
        web.reset()
        body = json.dumps(response["body"], default=str)
        web.add(request["method"], f"{API}{path}", status=response["status"], body=body)
        with pytest.raises(StoreError) as caught:
            client.http.request(request["method"], path, body=None if request["method"] == "GET" else {})
        error = caught.value
        code = response["body"]["code"]
        seen[type(error).__name__] += 1
        assert error.message, name
        assert response["status"] not in (401, 403) or isinstance(error, AuthenticationFailed), name
        assert response["status"] != 400 or (isinstance(error, RemoteRejected) and error.code == code), name
        if response["status"] in (404, 410):
            expected = MalformedResponse if code == "rest_no_route" else RemoteNotFound
            assert isinstance(error, expected), name
    assert {"AuthenticationFailed", "RemoteRejected", "RemoteNotFound", "MalformedResponse"} <= set(seen)
    assert sum(seen.values()) >= 50


def test_what_the_recordings_cover(shared_dir: Path) -> None:
    """The calls of ours that no recording bears are these; the sandbox answers for them."""
    calls = {
        ("GET", "/wc/v3/products"), ("GET", "/wc/v3/products/{}/variations"), ("GET", "/wc/v3/variations"),
        ("POST", "/wc/v3/products/batch"), ("POST", "/wc/v3/products/{}/variations/batch"),
        ("GET", "/wc/v3/products/categories"), ("POST", "/wc/v3/products/categories/batch"),
        ("POST", "/wc/v3/products/tags/batch"), ("GET", "/wc/v3/products/attributes"),
        ("GET", "/wc/v3/customers"), ("GET", "/wc/v3/taxes"), ("GET", "/wc/v3/taxes/classes"),
        ("GET", "/wc/v3/payment_gateways"), ("GET", "/wc/v3/system_status"), ("GET", "/wc/v3/settings/general"),
        ("GET", "/wc/v3/settings/tax"), ("GET", "/wc/v3/settings/products"), ("GET", "/"),
    }  # fmt: skip
    borne = set()
    for _name, row in recorded(shared_dir, *SETS):
        path = row["request"]["path"].removeprefix("/wp-json")
        plain = "/".join("{}" if part.isdecimal() else part for part in path.split("/"))
        borne.add((row["request"]["method"], plain))
    assert calls - borne == {
        ("POST", "/wc/v3/products/categories/batch"),
        ("POST", "/wc/v3/products/tags/batch"),
    }
