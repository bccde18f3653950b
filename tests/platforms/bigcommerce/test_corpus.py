"""Orders of every kind, kept as files, and the examples the platform publishes (E.3 M1)."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from channels.platforms.bigcommerce.mapping.orders import OrderParts, remote_order, side_loaded
from channels.platforms.bigcommerce.mapping.products import Surroundings, remote_product
from channels.platforms.bigcommerce.mapping.values import objects
from channels.platforms.fields import plain
from channels.remote import TAX_FREE, RemoteOrder
from orders.services.totals import prove_remote

PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("order_*.json"))


def load(path: Path) -> Any:
    return json.loads(path.read_text(), parse_float=Decimal)


def read(payload: Mapping[str, Any]) -> RemoteOrder:
    order, side = payload["order"], side_loaded(payload["order"])
    assert side.complete
    parts = OrderParts(
        lines=side.lines,
        addresses=side.addresses,
        fees=objects(order, "fees"),
        taxes=payload["taxes"],
        coupons=payload["coupons"],
    )
    return remote_order(order, parts)


@pytest.mark.req("TAX-3")
@pytest.mark.req("CAP-8")
@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_totals_and_taxes_are_the_store_s_to_the_smallest_unit(path: Path) -> None:
    payload = load(path)
    found = read(payload)
    proof = prove_remote(found)
    assert (proof.residual, proof.residual_net, proof.residual_tax) == (0, 0, 0)
    assert found.total == Decimal(payload["order"]["total_inc_tax"])
    taxes: dict[str, Decimal] = {}
    for part in (*found.lines, *found.charges):
        taxes[part.tax_key] = taxes.get(part.tax_key, Decimal(0)) + part.tax
    fees = {charge.tax_key: charge.tax for charge in found.charges if charge.kind == "fee"}
    expected: dict[str, Decimal] = {}
    for row in payload["taxes"]:
        key = str(row["tax_class_id"])
        expected[key] = expected.get(key, Decimal(0)) + Decimal(row["line_amount"])
    for key, tax in fees.items():  # fees have no tax row
        expected[key] = expected.get(key, Decimal(0)) + tax
    assert {key: tax for key, tax in taxes.items() if tax} == {key: tax for key, tax in expected.items() if tax}
    assert taxes.get(TAX_FREE, Decimal(0)) == 0


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_what_is_kept_of_an_order_is_plain_json(path: Path) -> None:
    raw = read(load(path)).raw
    assert json.loads(json.dumps(raw)) == raw
    assert raw["products"]


def test_the_corpus_is_there() -> None:
    assert len(PAYLOADS) >= 6


# -- the platform's own examples


def sample(shared_dir: Path, name: str) -> Any:
    return load(shared_dir / "platforms/bigcommerce/samples" / name)


def test_the_published_lines(shared_dir: Path) -> None:
    order = sample(shared_dir, "order_v2.json")
    lines = sample(shared_dir, "order_products_v2.json")
    found = remote_order(order, OrderParts(lines=lines, fees=order["fees"]))
    towel, brewer = found.lines
    assert (towel.sku, towel.total, towel.tax, towel.kind) == ("S-ORAN", Decimal("55.99"), Decimal("9.24"), "product")
    assert "Add Letters: Text Field" in towel.note
    assert (brewer.parent_id, brewer.total, brewer.tax_key) == ("65", 0, towel.tax_key)
    assert [charge.label for charge in found.charges if charge.kind == "fee"] == ["A Fee", "B Fee"]
    assert (found.currency, found.status, found.milestones.paid) == ("USD", "Awaiting Payment", False)
    assert prove_remote(found).differs


def test_the_published_list_of_orders(shared_dir: Path) -> None:
    for order in sample(shared_dir, "orders_v2_list.json"):
        found = remote_order(order, OrderParts(lines=[]))
        assert found.total == Decimal(str(order["total_inc_tax"]))
        assert found.created_at.tzinfo is not None


def test_the_published_product(shared_dir: Path) -> None:
    body = sample(shared_dir, "product_with_variants_v3.json")
    rows = body["data"] if isinstance(body["data"], list) else [body["data"]]
    for row in rows:
        found = remote_product(row, Surroundings())
        assert found.variants
        assert json.dumps(plain(row))
